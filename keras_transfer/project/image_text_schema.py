"""Schema of the image-text template's config."""

from pathlib import Path

from keras_transfer.project.field import Field
from keras_transfer.project.image_schema import ENCODERS
from keras_transfer.project.shared_sections import data_section, evaluate_section, pretrain_section, run_section

OBJECTIVES = {
    "clip": "tell an image's text from all texts of the batch, and the other way",
    "siglip": "say of each image and each text whether they belong together: for smaller batches",
}
TOKENIZERS = {
    "wordpiece": "words and parts of words, as BERT has them",
    "unigram": "parts of text, no spaces needed between words (Chinese, Japanese, Thai)",
    "bytes": "nothing to learn, long rows",
}
VIEWS = {
    "crops": "crops alone: colours and sides may be what a text speaks of",
    "weak": "crops and mirroring",
    "digits": "small turns and shifts, for characters",
    "none": "images as they are",
}


def image_text_schema():
    """Schema of the image-text template's config: a new nested `dict` of `Field`, yours to extend."""
    fixed = {"fixed_by": "pretrain"}
    return {
        "data": {
            "pairs": Field(Path, None, help="A CSV (path,text) or an .npz; left out: the embedded digits.", **fixed),
            "image_size": Field(int, None, minimum=8, help="Pixels a side; left out: that of the images.", **fixed),
            "on_bad": data_section()["on_bad"],
        },
        "encoder": {
            "name": Field(
                str,
                "small_cnn",
                choices={name: text for name, text in ENCODERS.items() if name != "auto"},
                help="The network for images.",
                **fixed,
            ),
            "width": Field(int, 32, minimum=1, help="Channels of its first stage.", **fixed),
        },
        "text": {
            "tokenizer": Field(str, "wordpiece", choices=TOKENIZERS, help="How texts become tokens.", **fixed),
            "vocabulary_size": Field(int, 8000, minimum=16, help="Tokens at most.", **fixed),
            "length": Field(
                int, None, minimum=3, help="Tokens of a text; left out: those of the longest, 64 at most.", **fixed
            ),
            "layers": Field(int, 2, minimum=1, help="Blocks of the transformer for texts.", **fixed),
            "width": Field(int, 64, minimum=4, help="Its features; four heads divide them.", **fixed),
        },
        "pretrain": pretrain_section(
            OBJECTIVES,
            "clip",
            weight_decay=Field(float, 1e-2, minimum=0, help="Strength of weight decay.", **fixed),
            projection=Field(int, 64, minimum=1, help="Width of the space of images and texts.", **fixed),
            gradient_cache=Field(
                int, None, minimum=1, help="Samples an encoder takes at a time, for batches beyond its memory.", **fixed
            ),
            views=Field(str, "crops", choices=VIEWS, help="What a random view of an image may do to it.", **fixed),
        ),
        "evaluate": {
            **evaluate_section(),
            "prompts": Field(
                list[str],
                ("a photo of a {}", "a picture of a {}"),
                help="Wordings that name a class, {} being its name; for images with labels.",
            ),
        },
        "run": run_section(),
    }
