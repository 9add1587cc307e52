"""Releases and base models from disk. Nothing that is loaded can run code.

Every file is checked before a library opens it; what is refused says why, and nothing
that was in use before is touched.
"""

import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from bot.model.adapters import adapted, can_be_merged, check_adapter, other_base
from bot.model.apart import generator_apart
from bot.model.checks import cannot_write, check_base, check_pieces
from bot.model.convert import convert_generator, convert_known
from bot.model.encoder import Encoder
from bot.model.engine import ENGINE_FILE, Engine, EngineGenerator, open_engine
from bot.model.files import refuse_unsafe, sha256_of
from bot.model.generate import Generator
from bot.model.intents import IntentModel
from bot.model.live import NO_RELEASE, Model
from bot.model.manifest import Manifest, check_files
from bot.model.reference import LanguageModel, TransformersGenerator
from bot.model.spare import Spare
from bot.model.tagger import Tagger
from bot.model.tokens import load_tokenizer
from storage.problems import EnvironmentProblem

STARTER: Final = "kefu-starter"
STARTER_DIRECTORY: Final = Path(__file__).parent / "starter"
LORA, INTENTS, ENGINE, ENTITIES = "lora", "intents", "engine", "entities"
# What is fetched from a hub; pickles and code are not even downloaded.
_WANTED: Final = ("*.safetensors", "*.json", "*.txt", "tokenizer.model")
_IDENTITY: Final = ("config.json", "tokenizer.json", "tokenizer.model", "vocab.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """A causal language model on disk.

    Attributes:
        name: "kefu-starter", a directory, or a hub id.
        sha256: of its weights, configuration and vocabulary together.
    """

    name: str
    directory: Path
    sha256: str

    @property
    def found_by(self) -> tuple[str, str | None]:
        """What transformers and peft find it by, and its revision on a hub.

        What lies on this machine goes by its directory: a bare name would be looked
        for on a hub.
        """
        if self.name == STARTER or Path(self.name).expanduser().is_dir():
            return str(self.directory.resolve()), None
        name, _, revision = self.name.partition("@")
        return name, revision or None


def resolve_base(setting: str | None) -> BaseModel:
    """Find the base model: None is the starter, else a directory or a hub id.

    A hub id may name a revision: "owner/name@revision". Only then is the network used.
    Raises EnvironmentProblem: KF-308 if it is not there, KF-303 to KF-305 for files
    that are unsafe, damaged or missing.
    """
    if not setting:
        return _base(STARTER, STARTER_DIRECTORY)
    directory = Path(setting).expanduser()
    if directory.is_dir():
        return _base(setting, directory)
    if setting.startswith(("/", ".", "~")) or setting.count("/") > 1:
        raise _no_base(setting, "there is no such directory")
    return _base(setting, _from_hub(setting))


def _from_hub(setting: str) -> Path:
    from huggingface_hub import snapshot_download

    name, _, revision = setting.partition("@")
    try:
        found = snapshot_download(
            name, revision=revision or None, allow_patterns=list(_WANTED)
        )
    except Exception as problem:
        # The hub's client raises its own, requests' and the system's; it is told.
        raise _no_base(setting, f"{type(problem).__name__}: {problem}") from problem
    return Path(found)


def _no_base(setting: str, why: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        "KF-308",
        "the base model was not found",
        where=f"KEFU_BASE_MODEL={setting}",
        why=why,
        fix="give a directory or a hub id that can be reached (HF_ENDPOINT names a "
        "mirror), or unset it to use the starter model, which needs no network",
    )


def _base(name: str, directory: Path) -> BaseModel:
    check_base(directory)
    parts = sorted(directory.glob("*.safetensors"))
    parts += [directory / file for file in _IDENTITY if (directory / file).is_file()]
    # The paths of a hub's cache are links; their names stay.
    lines = [f"{path.name} {sha256_of(path)}" for path in parts]
    digest = sha256("\n".join(lines).encode()).hexdigest()
    return BaseModel(name=name, directory=directory, sha256=digest)


def load_language_model(base: BaseModel, *, lora: Path | None = None) -> LanguageModel:
    """The base model in float32 with what was tuned merged into it, or put before it.

    Raises EnvironmentProblem: KF-306 if that does not fit, KF-415 if it is of a kind
    that kefu does not know, KF-307 if the weights
    do not fit the configuration, KF-304 and KF-305 for damaged or missing files.
    """
    import torch
    import transformers
    from transformers.utils import logging

    logging.disable_progress_bar()  # it would write over the terminal
    tokenizer = load_tokenizer(base.directory)
    try:
        model, told = transformers.AutoModelForCausalLM.from_pretrained(
            str(base.directory),
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
    except Exception as problem:
        # transformers raises what its parts do on damaged files; it is told.
        raise cannot_write(base.directory, f"{problem}") from problem
    lost = sorted([*told["missing_keys"], *map(str, told["mismatched_keys"])])
    if lost:
        raise cannot_write(base.directory, f"its weights lack {', '.join(lost[:3])}")
    check_pieces(
        base.directory, len(tokenizer), model.get_input_embeddings().weight.shape[0]
    )
    if lora is not None:
        model = adapted(model, lora)
    return LanguageModel(model, tokenizer)


def load_base(
    base: BaseModel,
    *,
    encoder: Encoder,
    device: str = "cpu",
    cache: Path | None = None,
    threads: int = 1,
) -> Model:
    """The model before the first release: the base alone, nothing calibrated.

    With a `cache` directory the generator runs on the fast engine, converted once.
    """
    kept = cache / f"engine-{base.sha256[:12]}-int8" if cache else None
    return Model(
        version=NO_RELEASE,
        encoder=encoder,
        generator=load_generator(base, device=device, kept=kept, threads=threads),
    )


def load_generator(
    base: BaseModel,
    *,
    lora: Path | None = None,
    device: str = "cpu",
    kept: Path | None = None,
    threads: int = 1,
) -> Generator:
    """A generator that loads on first use.

    On a processor it is the fast engine, converted once into the directory `kept`; the
    reference without `kept`, or where what was tuned cannot be merged into the weights
    (prefix and prompt tuning). On another device it is the reference, with the
    processor's generator as its spare.
    """
    if device != "cpu":
        return Spare(
            _reference(base, lora, device),
            load_generator(base, lora=lora, kept=kept, threads=threads),
            device=device,
        )
    if kept is None or not can_be_merged(lora):
        return _reference(base, lora, device)

    def engine() -> Engine | None:
        if not (kept / ENGINE_FILE).is_file():
            # What serves stays without torch: a child does what needs it.
            convert = convert_base if "torch" in sys.modules else generator_apart
            if not convert(base.directory, lora, kept):
                return None
        return open_engine(kept, threads=threads)

    return EngineGenerator(engine, reference=_reference(base, lora))


def _reference(
    base: BaseModel, lora: Path | None, device: str = "cpu"
) -> TransformersGenerator:
    return TransformersGenerator(
        lambda: load_language_model(base, lora=lora), device=device
    )


def convert_base(directory: Path, lora: Path | None, target: Path) -> bool:
    """A base model, with a LoRA merged into it, to int8 in `target`, in this process.

    Gives False, and writes nothing, for a model that CTranslate2 does not know.
    Raises what `load_language_model` does.
    """
    if lora is None and convert_known(directory, target):
        return True
    base = BaseModel(name=str(directory), directory=directory, sha256="")
    model = load_language_model(base, lora=lora).model
    return convert_generator(model, directory, target)


def load_release(
    release_dir: Path,
    *,
    base: BaseModel,
    encoder: Encoder,
    device: str = "cpu",
    threads: int = 1,
) -> Model:
    """A release, every file of it checked. The weights are read on first use.

    On a processor `engine/` in the release keeps the converted weights.

    Raises EnvironmentProblem: KF-301 no release, KF-302 changed files, KF-303 unsafe,
    KF-304 damaged, KF-306 another base, KF-310 another encoder.
    """
    manifest = Manifest.read(release_dir)
    refuse_unsafe(release_dir, but=ENGINE)  # that is a cache which kefu makes
    check_files(release_dir, manifest)
    lora = release_dir / LORA if (release_dir / LORA).is_dir() else None
    if manifest.base_sha256 != base.sha256:
        raise other_base(release_dir, f"it needs {manifest.base}")
    if lora is not None:
        check_adapter(lora)
    if manifest.base_writes:
        lora = None
    intents = None
    if (release_dir / INTENTS).is_dir():
        intents = IntentModel.load(
            release_dir / INTENTS, encode=encoder.encode, encoder_sha256=encoder.sha256
        )
    entities = None
    if (release_dir / ENTITIES).is_dir():
        entities = Tagger.load(release_dir / ENTITIES)
    return Model(
        version=manifest.version,
        encoder=encoder,
        intents=intents,
        entities=entities,
        generator=load_generator(
            base, lora=lora, device=device, kept=release_dir / ENGINE, threads=threads
        ),
        thresholds=manifest.thresholds,
        manifest=manifest,
    )
