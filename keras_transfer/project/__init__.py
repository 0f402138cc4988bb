"""What the scripts of a generated project share: config, run folder, stages."""

from keras_transfer.project.compile_options import compile_options
from keras_transfer.project.config import Config
from keras_transfer.project.config_error import ConfigError
from keras_transfer.project.field import Field
from keras_transfer.project.finetune_options import finetune_options
from keras_transfer.project.image_schema import image_schema
from keras_transfer.project.image_text_schema import image_text_schema
from keras_transfer.project.load_config import load_config
from keras_transfer.project.pretraining_epochs import pretraining_epochs
from keras_transfer.project.run_error import RunError
from keras_transfer.project.run_folder import RunFolder
from keras_transfer.project.run_stage import run_stage
from keras_transfer.project.schema_named import schema_named
from keras_transfer.project.set_up import set_up
from keras_transfer.project.text_schema import text_schema

__all__ = [
    "Config",
    "ConfigError",
    "Field",
    "RunError",
    "RunFolder",
    "compile_options",
    "finetune_options",
    "image_schema",
    "image_text_schema",
    "load_config",
    "pretraining_epochs",
    "run_stage",
    "schema_named",
    "set_up",
    "text_schema",
]
