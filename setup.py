"""Packaging of keras_transfer; settings of tools are in pyproject.toml."""

import glob
import os

from setuptools import find_packages, setup

HERE = os.path.dirname(os.path.abspath(__file__))


def read(*parts):
    with open(os.path.join(HERE, *parts), encoding="utf-8") as file:
        return file.read()


def version():
    """The version, read without importing the package: its dependencies may not be installed yet."""
    for line in read("keras_transfer", "version.py").splitlines():
        if line.startswith("__version__"):
            return line.split('"')[1]
    raise RuntimeError("keras_transfer/version.py defines no __version__")


def template_files():
    """Every file under templates/, dotfiles too, as package data patterns (which are globs, so names are escaped)."""
    root = os.path.join(HERE, "templates")
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        found += [os.path.relpath(os.path.join(folder, name), root) for name in files if not name.endswith(".pyc")]
    return [glob.escape(path.replace(os.sep, "/")) for path in sorted(found)]


setup(
    name="keras_transfer",
    version=version(),
    description="Pretrain on unlabelled data, transfer, fine-tune on few labels: Keras layers, losses, models and app templates.",
    long_description=read("README.md"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    # The top-level templates/ ships inside the wheel as the package keras_transfer.templates.
    packages=[*find_packages(include=["keras_transfer", "keras_transfer.*"]), "keras_transfer.templates"],
    package_dir={"keras_transfer.templates": "templates"},
    package_data={"keras_transfer.templates": template_files(), "keras_transfer.evaluation": ["*.jinja"]},
    include_package_data=False,
    zip_safe=False,
    install_requires=[
        "tensorflow>=2.21",  # the engine: tf.distribute, tf.data
        "keras>=3.15.1",  # older releases load hostile files
        "keras-nlp>=0.32",  # tokenizers, language-model backbones and generators of masks
        "keras-cv>=0.9",  # batched, per-sample image augmentation
        "tensorboard>=2.20",  # watching a run
        "click>=8.1",  # the command line
        "jinja2>=3.1",  # renders project templates in a sandbox
        "safetensors>=0.5",  # reads weights of other libraries without running code
        "h5py>=3.10",  # reads .weights.h5 (Keras depends on it too)
        "pyyaml>=6.0",  # config files, with line numbers in errors
        "rich>=13.0",  # tables and progress on a terminal (Keras depends on it too)
        "scikit-learn>=1.4",  # embedded digits, logistic-regression probes, scores
        "matplotlib>=3.8",  # plots in reports
        "pillow>=10.3",  # names the image file that cannot be read
    ],
    extras_require={
        "gpu": ["tensorflow[and-cuda]>=2.21"],
        "features": ["pyarrow>=15"],  # features as Parquet
        "writing": ["rouge-score>=0.1.2", "sacrebleu>=2.4"],  # scores of summaries and translations
        "ray": ["ray[data]>=2.40"],  # keras-transfer shard --on ray, launch --on ray
        "dev": [
            "ray[data]>=2.40",
            "pytest>=8",
            "pytest-xdist>=3.5",
            "ruff>=0.6",
            "build>=1.2",
            "setuptools>=69",
            "wheel",
            "pre-commit>=3.7",
            "pyarrow>=15",
            "rouge-score>=0.1.2",
            "sacrebleu>=2.4",
        ],
    },
    entry_points={"console_scripts": ["keras-transfer=keras_transfer.cli.main:main"]},
    classifiers=[
        "Programming Language :: Python :: 3.11",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
