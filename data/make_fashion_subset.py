"""Makes fashion_subset.npz: 6,000 + 2,000 of Fashion-MNIST's images, from the files of Debian's package.

    apt-get download dataset-fashion-mnist && dpkg -x dataset-fashion-mnist_*.deb fashion
    python data/make_fashion_subset.py fashion/usr/share/datasets/fashion-mnist

Of the 60,000 + 10,000 images the first 600 and the first 200 of each kind, in their own order. The files are checked
first: each by the SHA-256 of what is in it, so that it does not matter how it was compressed.
"""

import argparse
import gzip
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILES = {  # SHA-256 of the decompressed files of version 0.0~git20200523.55506a9-1
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
EACH = {"train": 600, "t10k": 200}


def idx(folder: Path, name: str) -> NDArray[np.uint8]:
    """The array in an IDX file of bytes. Raises ValueError for a file that is not the one meant."""
    packed = folder / f"{name}.gz"
    content = gzip.decompress(packed.read_bytes()) if packed.is_file() else (folder / name).read_bytes()
    if (got := hashlib.sha256(content).hexdigest()) != FILES[name]:
        raise ValueError(f"{name} is not the file it should be\n  SHA-256 got: {got}\n  SHA-256 due: {FILES[name]}")
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def subset(folder: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images (rows, 28, 28) and labels (rows,) that are kept of one part."""
    images, labels = idx(folder, f"{part}-images-idx3-ubyte"), idx(folder, f"{part}-labels-idx1-ubyte")
    rows = np.sort(np.concatenate([np.flatnonzero(labels == kind)[: EACH[part]] for kind in range(10)]))
    return images[rows], labels[rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder with the four files")
    folder = parser.parse_args().folder
    (X_train, y_train), (X_test, y_test) = (subset(folder, part) for part in EACH)
    target = Path(__file__).with_name("fashion_subset.npz")
    np.savez_compressed(target, X_train=X_train, y_train=y_train, X_test=X_test, y_test=y_test)
    print(f"{target}: {len(X_train)} + {len(X_test)} images, {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
