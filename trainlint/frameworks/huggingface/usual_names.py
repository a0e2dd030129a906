"""Names of Hugging Face's packages in code without imports: those that nothing else is called by."""

from __future__ import annotations

import re

_FAMILIES = (
    "Albert Auto Bart Beit Bert BertGeneration BigBird Blip Blip2 Bloom Camembert CLIP ConvNext Deberta DebertaV2 Deit DeiT "
    "Detr DistilBert Electra EncoderDecoder Falcon Funnel GPT2 GPTJ GPTNeo GPTNeoX Gemma Gemma2 Hubert LED LayoutLM LayoutLMv2 "
    "LayoutLMv3 Llama Longformer MBart MPNet MT5 Marian Mistral Mixtral MobileBert OPT OpenAIGPT Pegasus Phi Phi3 Qwen2 ResNet "
    "Roberta Segformer SpeechEncoderDecoder Swin T5 TransfoXL ViT VisionEncoderDecoder Wav2Vec2 Whisper XLMRoberta XLNet"
)
_TRANSFORMERS = re.compile(
    rf"(?:{'|'.join(_FAMILIES.split())})"
    r"(?:Model\w*|For[A-Z]\w*|Config|Tokenizer\w*|LMHeadModel|DoubleHeadsModel|PreTrainedModel|EncoderModel|Processor|"
    r"ImageProcessor|FeatureExtractor)$"
    r"|(?:Seq2Seq)?(?:Trainer|TrainingArguments)$|DataCollator(?:With|For)\w+$|default_data_collator$|BitsAndBytesConfig$"
    r"|get_(?:\w+_)?schedule(?:_with_warmup)?$|EarlyStoppingCallback$|PreTrainedModel$|Adafactor$"
)
_TRL = re.compile(
    r"(?:SFT|DPO|KTO|ORPO|CPO|BCO|GRPO|RLOO|Reward|PPO)(?:Trainer|Config)$|AutoModelFor\w+WithValueHead$"
)
_PEFT = re.compile(
    r"(?:Lora|AdaLora|LoHa|LoKr|IA3|PromptTuning|PrefixTuning|PromptEncoder)Config$|(?:Auto)?PeftModel\w*$"
    r"|get_peft_model$|prepare_model_for_(?:kbit|int8)_training$"
)
_SENTENCES = re.compile(r"(?:SentenceTransformer|CrossEncoder|SparseEncoder)(?:Trainer|TrainingArguments|)$")
_PACKAGES = (
    ("trl", _TRL),
    ("transformers", _TRANSFORMERS),
    ("peft", _PEFT),
    ("sentence_transformers", _SENTENCES),
)


def qualified(name: str) -> str | None:
    """The dotted name that a free name stands for; None if it may be anything."""
    return next((f"{package}.{name}" for package, pattern in _PACKAGES if pattern.match(name)), None)
