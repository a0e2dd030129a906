"""Hugging Face packages: names wherever they are imported from, what a Trainer leaves alone, what it cannot see."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation import evaluate
from trainlint.facts.events import EventKind
from trainlint.facts.learning_rate import planned_steps
from trainlint.frameworks.huggingface.arguments_table import CONFIGS, FIELDS, OPTIMIZERS, RENAMED
from trainlint.frameworks.huggingface.heads import head_of
from trainlint.frameworks.huggingface.library import LIBRARY
from trainlint.frameworks.huggingface.optimization import BY_TYPE
from trainlint.frameworks.torch.optim import OptimizerClass
from trainlint.frameworks.torch.schedules import ScheduleClass
from trainlint.libraries import all_libraries
from trainlint.report.facts import facts_document

MODEL = """
from transformers import AutoModelForSequenceClassification, Trainer, TrainerCallback, TrainingArguments
model = AutoModelForSequenceClassification.from_pretrained("bert-base-cased", num_labels=2)
args = TrainingArguments("out")
"""


@pytest.mark.parametrize(
    ("qualname", "same"),
    [
        ("transformers.trainer.Trainer", "transformers.Trainer"),
        ("transformers.training_args.TrainingArguments", "transformers.TrainingArguments"),
        ("transformers.models.bert.modeling_bert.BertModel", "transformers.BertModel"),
        ("transformers.modeling_utils.PreTrainedModel", "transformers.PreTrainedModel"),
        (
            "transformers.optimization.get_linear_schedule_with_warmup",
            "transformers.get_linear_schedule_with_warmup",
        ),
        ("accelerate.accelerator.Accelerator", "accelerate.Accelerator"),
        ("accelerate.utils.set_seed", "accelerate.set_seed"),
        ("trl.trainer.sft_trainer.SFTTrainer", "trl.SFTTrainer"),
        ("peft.tuners.lora.LoraConfig", "peft.LoraConfig"),
        ("transformers.trainer_utils.SchedulerType.COSINE", "transformers.SchedulerType.COSINE"),
    ],
)
def test_a_name_means_the_same_wherever_it_is_imported_from(qualname: str, same: str) -> None:
    assert LIBRARY.named(qualname) is not None
    assert LIBRARY.named(qualname) is LIBRARY.named(same)


@pytest.mark.parametrize(
    ("name", "loss"),
    [
        ("BertForSequenceClassification", "labels"),
        ("AutoModelForImageClassification", "labels"),
        ("T5ForConditionalGeneration", "torch.nn.CrossEntropyLoss"),
        ("GPT2LMHeadModel", "torch.nn.CrossEntropyLoss"),
        ("LlamaForCausalLM", "torch.nn.CrossEntropyLoss"),
        ("DistilBertForQuestionAnswering", "torch.nn.CrossEntropyLoss"),
        ("Wav2Vec2ForCTC", "torch.nn.functional.ctc_loss"),
        ("DetrForObjectDetection", "transformers.loss"),
        ("ViTModel", None),
    ],
)
def test_heads_by_the_name_of_the_class(name: str, loss: str | None) -> None:
    head = head_of(name)
    assert head is not None
    assert head.loss == loss


@pytest.mark.parametrize(
    "name", ["TFBertModel", "FlaxBertForMaskedLM", "DataCollatorForLanguageModeling", "BertConfig", "ModelOutput",
             "AutoTokenizer", "pipeline", "TrainerCallback"],
)  # fmt: skip
def test_other_names_are_no_models(name: str) -> None:
    assert head_of(name) is None


def test_optimizers_and_schedules_of_the_tables_exist() -> None:
    entries = {name: value for lib in all_libraries() for name, value in getattr(lib, "entries", {}).items()}
    assert all(isinstance(entries[name], OptimizerClass) for name in OPTIMIZERS.values())
    assert all(isinstance(entries[f"transformers.{name}"], ScheduleClass) for name in BY_TYPE.values())


def test_every_default_of_a_config_is_of_its_own() -> None:
    """A row that repeats what it inherits says nothing."""
    for name, own in CONFIGS.items():
        assert all(key not in FIELDS or FIELDS[key] != value for key, value in own.items()), name
    assert all(new in FIELDS for new in RENAMED.values())


def test_the_loop_stands_at_the_call(tmp_path: Path) -> None:
    program = evaluate(
        tmp_path, MODEL + "trainer = Trainer(model=model, args=args, train_dataset=data)\ntrainer.train()"
    ).program
    steps = program.events_of(EventKind.STEP)
    assert {step.location.line for step in steps} == {5}
    assert [len(step.loops) for step in steps] == [2, 2, 2, 2]
    assert {p.loop.over for p in steps[0].loops} == {"range", "loader"}


def test_a_callback_that_is_not_known_may_do_anything(tmp_path: Path) -> None:
    code = (
        MODEL
        + "import other\nt = Trainer(model=model, args=args, train_dataset=d, callbacks=[other.Callback()])\nt.train()"
    )
    program = evaluate(tmp_path, code).program
    assert program.optimizers[0].escaped
    assert program.modules[0].escaped


@pytest.mark.parametrize(
    "callback",
    ["[EarlyStoppingCallback(2)]", "[EarlyStoppingCallback]", "[Own()]", "[Own]", "None", "[]"],
)
def test_callbacks_that_are_seen_take_nothing_away(tmp_path: Path, callback: str) -> None:
    own = "from transformers import EarlyStoppingCallback\nclass Own(TrainerCallback):\n    def on_step_end(self, args, state, control, **kw):\n        pass\n"
    code = (
        f"{MODEL}{own}t = Trainer(model=model, args=args, train_dataset=d, callbacks={callback})\nt.train()"
    )
    program = evaluate(tmp_path, code).program
    assert not program.events_of(EventKind.ESCAPE)
    assert not program.optimizers[0].escaped


def test_a_callback_s_own_clipping_is_seen(tmp_path: Path) -> None:
    own = """
import torch
class Clip(TrainerCallback):
    def on_step_end(self, args, state, control, model=None, **kwargs):
        torch.nn.utils.clip_grad_value_(model.parameters(), 0.5)
t = Trainer(model=model, args=args, train_dataset=d)
t.add_callback(Clip)
t.train()
"""
    program = evaluate(tmp_path, MODEL + own).program
    assert {c.kind for c in program.clippings} == {"norm", "value"}


def test_an_optimizer_that_another_package_names_is_not_guessed(tmp_path: Path) -> None:
    code = (
        MODEL.replace('"out"', '"out", optim="galore_adamw"')
        + "Trainer(model, args, train_dataset=d).train()"
    )
    program = evaluate(tmp_path, code).program
    assert [o.symbolic for o in program.optimizers] == [True]


def test_without_a_model_and_arguments_nothing_is_taken_from_defaults(tmp_path: Path) -> None:
    code = """
from transformers import Trainer
class Ours(Trainer):
    pass
t = Ours()
rate = t.args.learning_rate
"""
    assert evaluate(tmp_path, code)["rate"] == "<unknown>"


def test_options_as_given_are_recorded_for_the_rules_on_them(tmp_path: Path) -> None:
    program = evaluate(tmp_path, MODEL.replace('"out"', 'output_dir="out", fp16=True, bf16=True')).program
    (given,) = program.option_sets
    assert given.schema == "transformers.TrainingArguments"
    assert given.value("fp16") is True
    assert given.value("learning_rate", 5e-5) == 5e-5


@pytest.mark.parametrize(
    "call",
    [
        "accelerator.prepare(model)",
        "accelerator.unwrap_model(accelerator.prepare(model))",
        "accelerator.prepare(model, optimizer)[0]",
    ],
)
def test_what_is_prepared_is_the_same_object(tmp_path: Path, call: str) -> None:
    code = f"""
import torch
from accelerate import Accelerator
accelerator = Accelerator()
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
same = {call} is model
"""
    assert evaluate(tmp_path, code)["same"] is True


def test_nothing_escapes_into_an_accelerator(tmp_path: Path) -> None:
    code = """
import torch
from accelerate import Accelerator
accelerator = Accelerator(log_with="wandb")
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model, optimizer = accelerator.prepare(model, optimizer)
accelerator.register_for_checkpointing(optimizer)
accelerator.save_state("out")
accelerator.save_model(model, "out")
accelerator.log({"model": model})
accelerator.print(model)
accelerator.wait_for_everyone()
accelerator.free_memory(model, optimizer)
"""
    assert not evaluate(tmp_path, code).program.events_of(EventKind.ESCAPE)


@pytest.mark.parametrize("steps", ["0", "-1", "None", "'x'", "float('inf')", "float('nan')", "10**40"])
def test_numbers_that_make_no_sense_break_nothing(tmp_path: Path, steps: str) -> None:
    code = f"""
import torch
from accelerate import Accelerator
from torch.utils.data import DataLoader
accelerator = Accelerator(gradient_accumulation_steps={steps})
model = torch.nn.Linear(2, 2)
optimizer = accelerator.prepare(torch.optim.SGD(model.parameters(), lr=0.1))
for batch in range(100):
    with accelerator.accumulate(model):
        accelerator.backward(model(torch.zeros(4, 2)).mean())
        optimizer.step()
        optimizer.zero_grad()
"""
    program = evaluate(tmp_path, code).program
    assert facts_document(program)["optimizers"][0]["lr"] == 0.1
    assert planned_steps(program.optimizers[0], program) in (None, 1, 100)
