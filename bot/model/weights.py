"""GPT-2 and BERT to CTranslate2 with numpy alone: the same files, without torch.

The layout and the rounding are CTranslate2's own; only the reading of the weights is
done here. What is not exactly one of these two is left to its converter for all.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import safetensors
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.model.files import read_json

Tensors: TypeAlias = Mapping[str, NDArray[np.float32]]

_NEEDED: Final = {
    "gpt2": ("n_layer", "n_head", "n_positions", "vocab_size", "activation_function"),
    "bert": ("num_hidden_layers", "num_attention_heads", "hidden_act", "vocab_size"),
}
# What CTranslate2 takes for granted. A model that is otherwise is not converted here.
_GRANTED: Final[Mapping[str, Mapping[str, Any]]] = {
    "gpt2": {
        "add_cross_attention": False,
        "layer_norm_epsilon": 1e-5,
        "scale_attn_by_inverse_layer_idx": False,
        "scale_attn_weights": True,
        "tie_word_embeddings": True,
    },
    "bert": {"position_embedding_type": "absolute"},
}


def known(directory: Path) -> bool:
    """Whether the directory holds one of these two, in the usual form."""
    if not (directory / "tokenizer.json").is_file():
        return False
    config = read_json(directory / "config.json")
    kind = config.get("model_type")
    return (
        kind in _NEEDED
        and all(name in config for name in _NEEDED[kind])
        and all(config.get(name, it) == it for name, it in _GRANTED[kind].items())
    )


def convert(directory: Path, target: Path) -> None:
    """Write CTranslate2's files of a known model into `target`, a new directory.

    Raises ValueError, KeyError or a library's own error for weights that do not fit.
    """
    config = read_json(directory / "config.json")
    tensors = _tensors(directory)
    with _without_torch():
        from ctranslate2 import specs
    made = _gpt2 if config["model_type"] == "gpt2" else _bert
    spec = made(specs, config, tensors)
    spec.register_vocabulary(_vocabulary(directory, int(config["vocab_size"])))
    named = read_json(directory / "tokenizer_config.json")
    for name in ("bos_token", "eos_token", "unk_token"):
        if config["model_type"] == "gpt2" or name == "unk_token":
            setattr(spec.config, name, _piece(named.get(name)))
    spec.validate()
    spec.optimize(quantization="int8_float32")
    target.mkdir()
    spec.save(str(target))


def _gpt2(specs: Any, config: Mapping[str, Any], tensors: Tensors) -> Any:
    spec = specs.TransformerDecoderModelSpec.from_config(
        config["n_layer"],
        config["n_head"],
        pre_norm=True,
        activation=_activation(specs, config["activation_function"]),
    )
    parts = _under(tensors, "transformer.")
    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = parts["wte.weight"]
    decoder.position_encodings.encodings = parts["wpe.weight"]
    decoder.projection.weight = parts["wte.weight"]
    _norm(decoder.layer_norm, parts, "ln_f")
    for number, layer in enumerate(decoder.layer):
        attention, name = layer.self_attention, f"h.{number}"
        _norm(attention.layer_norm, parts, f"{name}.ln_1")
        # GPT-2's layers are Conv1D: their weights lie the other way round.
        _turned(attention.linear[0], parts, f"{name}.attn.c_attn")
        _turned(attention.linear[1], parts, f"{name}.attn.c_proj")
        _norm(layer.ffn.layer_norm, parts, f"{name}.ln_2")
        _turned(layer.ffn.linear_0, parts, f"{name}.mlp.c_fc")
        _turned(layer.ffn.linear_1, parts, f"{name}.mlp.c_proj")
    return spec


def _bert(specs: Any, config: Mapping[str, Any], tensors: Tensors) -> Any:
    encoder = specs.TransformerEncoderSpec(
        config["num_hidden_layers"],
        config["num_attention_heads"],
        pre_norm=False,
        activation=_activation(specs, config["hidden_act"]),
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=specs.EmbeddingsMerge.ADD,
    )
    spec = specs.TransformerEncoderModelSpec(
        encoder, pooling_layer=True, pooling_activation=specs.Activation.Tanh
    )
    spec.config.layer_norm_epsilon = config.get("layer_norm_eps", 1e-12)
    parts = _under(tensors, "bert.")
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = parts["embeddings.word_embeddings.weight"]
    encoder.embeddings[1].weight = parts["embeddings.token_type_embeddings.weight"]
    places = parts["embeddings.position_embeddings.weight"]
    encoder.position_encodings.encodings = places
    _norm(encoder.layernorm_embedding, parts, "embeddings.LayerNorm")
    _linear(spec.pooler_dense, parts, "pooler.dense")
    for number, layer in enumerate(encoder.layer):
        attention, name = layer.self_attention, f"encoder.layer.{number}"
        three = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        for kind in ("weight", "bias"):
            joined = np.concatenate([parts[f"{one}.{kind}"] for one in three])
            setattr(attention.linear[0], kind, joined)
        _linear(attention.linear[1], parts, f"{name}.attention.output.dense")
        _norm(attention.layer_norm, parts, f"{name}.attention.output.LayerNorm")
        _linear(layer.ffn.linear_0, parts, f"{name}.intermediate.dense")
        _linear(layer.ffn.linear_1, parts, f"{name}.output.dense")
        _norm(layer.ffn.layer_norm, parts, f"{name}.output.LayerNorm")
    return spec


def _linear(spec: Any, parts: Tensors, name: str) -> None:
    spec.weight, spec.bias = parts[f"{name}.weight"], parts[f"{name}.bias"]


def _turned(spec: Any, parts: Tensors, name: str) -> None:
    weight = np.ascontiguousarray(parts[f"{name}.weight"].T)
    spec.weight, spec.bias = weight, parts[f"{name}.bias"]


def _norm(spec: Any, parts: Tensors, name: str) -> None:
    spec.gamma, spec.beta = parts[f"{name}.weight"], parts[f"{name}.bias"]


def _activation(specs: Any, name: str) -> Any:
    names = {"gelu": "GELU", "gelu_new": "GELUTanh", "gelu_pytorch_tanh": "GELUTanh"}
    return getattr(specs.Activation, names.get(name, name.upper()))


def _under(tensors: Tensors, prefix: str) -> Tensors:
    """The same, named without the prefix that a model with a head gives its body."""
    return {name.removeprefix(prefix): each for name, each in tensors.items()}


def _tensors(directory: Path) -> Tensors:
    found = {}
    deserialize: Any = safetensors.deserialize  # it has no types of its own
    for path in sorted(directory.glob("*.safetensors")):
        for name, told in deserialize(path.read_bytes()):
            found[name] = _floats(told["dtype"], told["data"]).reshape(told["shape"])
    return found


def _floats(dtype: str, data: bytes | bytearray) -> NDArray[np.float32]:
    if dtype == "BF16":  # the upper half of a float32
        wide = np.frombuffer(data, np.uint16).astype(np.uint32) << 16
        return wide.view(np.float32)
    kinds = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
    return np.frombuffer(data, kinds[dtype]).astype(np.float32)


def _vocabulary(directory: Path, size: int) -> list[str]:
    """Every piece by its id; rows of the embedding that have none get a filler."""
    pieces = Tokenizer.from_file(str(directory / "tokenizer.json")).get_vocab()
    ids = {number: piece for piece, number in pieces.items()}
    return [ids.get(n, f"<filler-{n}>") for n in range(max(size, *ids, 0))][:size]


def _piece(named: Any) -> str | None:
    return named.get("content") if isinstance(named, dict) else named


@contextmanager
def _without_torch() -> Iterator[None]:
    """CTranslate2's layouts import torch if they can; numpy is enough for them."""
    if "torch" in sys.modules:
        yield
        return
    sys.modules["torch"] = None  # type: ignore[assignment] # "it is not there"
    try:
        yield
    finally:
        del sys.modules["torch"]
