from transformers import AutoModelForSequenceClassification, AutoTokenizer


def load(name, labels):
    return AutoTokenizer.from_pretrained(name), AutoModelForSequenceClassification.from_pretrained(
        name, num_labels=labels
    )
