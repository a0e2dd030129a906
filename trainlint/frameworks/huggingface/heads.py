"""What the names of transformers' models say: which head they have, and which loss they compute from labels."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Head:
    """A head by the last part of a class's name.

    first: name of its main output. loss: qualified, as the head applies it; None where none is computed; "labels": the
    number of labels decides. takes, task: as in facts.Loss.
    """

    first: str
    loss: str | None
    takes: str | None = None
    task: str = "other"


_CLASSES = Head("logits", "labels", "logits", "multiclass")
_TOKENS = Head("logits", "torch.nn.CrossEntropyLoss", "logits", "multiclass")
_OTHER = Head("logits", "transformers.loss", None, "other")
BODY = Head("last_hidden_state", None)

HEADS: tuple[tuple[str, Head], ...] = (
    (r"For(Sequence|Image|Audio|Video)Classification$", _CLASSES),
    (r"For(ImageClassificationWithTeacher)$", _CLASSES),
    (r"For(Token|Entity|EntityPair|EntitySpan)Classification$", _TOKENS),
    (
        r"For(CausalLM|MaskedLM|ConditionalGeneration|Seq2SeqLM|SpeechSeq2Seq|Vision2Seq|ImageTextToText)$",
        _TOKENS,
    ),
    (
        r"(LMHeadModel|WithLMHead|ForMultipleChoice|ForNextSentencePrediction|ForSemanticSegmentation)$",
        _TOKENS,
    ),
    (
        r"ForQuestionAnswering(Simple)?$",
        Head("start_logits", "torch.nn.CrossEntropyLoss", "logits", "multiclass"),
    ),
    (r"ForCTC$", Head("logits", "torch.nn.functional.ctc_loss", None, "other")),
    (r"For[A-Z]\w*$", _OTHER),
    (r"(Model|Backbone|Transformer|DoubleHeadsModel|ForwardModel|Encoder|Decoder)(WithProjection)?$", BODY),
)
"""By pattern of the class's name, the first that fits."""

_FOREIGN = ("TF", "Flax", "DataCollator", "Text2Text")
_NO_MODEL = re.compile(
    r"(Config|Output\w*|Tokenizer\w*|Dataset|Callback|Embeddings?|Layer|Attention|Pooler)$"
)


def head_of(name: str) -> Head | None:
    """The head of a model class of transformers; None for a name that is no model's."""
    if name.startswith(_FOREIGN) or _NO_MODEL.search(name) or not name[:1].isupper():
        return None
    return next((head for pattern, head in HEADS if re.search(pattern, name)), None)


LABELS = (
    "labels", "label", "label_ids", "start_positions", "end_positions", "next_sentence_label", "lm_labels",
    "masked_lm_labels", "sentence_order_label", "class_labels", "mask_labels", "mc_labels",
)  # fmt: skip
"""Arguments of forward() that make a model compute its loss."""

PARTS = frozenset({
    "base_model", "model", "transformer", "encoder", "decoder", "embeddings", "pooler", "classifier", "score", "lm_head",
    "cls", "qa_outputs", "pre_classifier", "layers", "layer", "h", "wte", "wpe", "shared", "norm", "ln_f",
    "embed_tokens", "language_model", "vision_model", "text_model", "vision_tower", "visual_projection",
    "text_projection", "vit", "swin", "bert", "roberta", "distilbert", "albert", "electra", "deberta", "xlnet",
    "longformer", "wav2vec2", "hubert", "whisper", "gpt_neox", "dense", "dropout", "head", "heads", "feature_extractor",
    "feature_projection", "projector", "segformer", "resnet", "convnext", "beit", "deit", "backbone", "generator",
})  # fmt: skip
"""Attributes of models that are modules."""
HEAD_NAMES = ("classifier", "score", "lm_head", "qa_outputs", "cls", "head")
"""Attributes of the layers that make the main output."""
