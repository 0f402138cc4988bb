"""Make a set of 32 x 32 colour images with few labels: garments in random colours before pieces of photographs.

    python benchmarks/garments_on_photographs.py --garments fashion_fewlabel.npz --photographs stamps64.npz --out garments.npz

The garments' file holds x_unlabelled, x_labelled, y_labelled, x_test, y_test (28 x 28 grey), that of the photographs x_train
(64 x 64 RGB). Neither colour nor background says anything of the class.
"""

import argparse

import numpy as np
from PIL import Image

SIDE = 32


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--garments", required=True)
    parser.add_argument("--photographs", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--unlabelled", type=int, default=8000, help="at most so many")
    parser.add_argument("--test", type=int, default=2000, help="at most so many")
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    with np.load(arguments.garments) as file:
        garments = dict(file)
    with np.load(arguments.photographs) as file:
        photographs = file["x_train"]
    generator = np.random.default_rng(arguments.seed)
    np.savez(
        arguments.out,
        x_unlabelled=paint(garments["x_unlabelled"][: arguments.unlabelled], photographs, generator),
        x_labelled=paint(garments["x_labelled"], photographs, generator),
        y_labelled=garments["y_labelled"],
        x_test=paint(garments["x_test"][: arguments.test], photographs, generator),
        y_test=garments["y_test"][: arguments.test],
    )


def paint(garments, photographs, generator):
    """Each garment in a colour of its own before a piece of a photograph, uint8 `(images, 32, 32, 3)`."""
    painted = []
    for garment in garments:
        grey = np.asarray(Image.fromarray(garment).resize((SIDE, SIDE), Image.BILINEAR)).astype(float)[..., None] / 255
        photograph = photographs[generator.integers(len(photographs))]
        top, left = generator.integers(0, photograph.shape[0] - SIDE + 1, 2)
        behind = photograph[top : top + SIDE, left : left + SIDE].astype(float) / 255
        opacity = np.clip(grey * 3, 0, 1)
        painted.append(255 * (opacity * grey * generator.uniform(0.3, 1, 3) + (1 - opacity) * behind))
    return np.stack(painted).astype(np.uint8)


if __name__ == "__main__":
    main()
