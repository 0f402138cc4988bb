"""Schemas by the names that templates use for them."""

from keras_transfer.project.image_schema import image_schema
from keras_transfer.project.image_text_schema import image_text_schema
from keras_transfer.project.text_schema import text_schema

_SCHEMAS = {"image": image_schema, "image_text": image_text_schema, "text": text_schema}


def schema_named(name):
    """The schema that `template.yaml` asks for with `schema: image`.

    Raises:
        ValueError: if there is no such schema.
    """
    if name not in _SCHEMAS:
        raise ValueError(f"`schema` must be one of {', '.join(_SCHEMAS)}. Received: {name}")
    return _SCHEMAS[name]()
