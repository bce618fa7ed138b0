"""Small folders laid out as the public datasets are distributed, oddities included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

ADIENCE_HEADING = (
    "user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy\ttilt_ang\t"
    "fiducial_yaw_angle\tfiducial_score"
)
# (album, picture, face, age, gender) as the real files write them.
ADIENCE_ROWS: dict[int, list[tuple[str, str, int, str, str]]] = {
    0: [
        ("7@N00", "a.jpg", 1, "(25, 32)", "f"),
        ("7@N00", "b.jpg", 1, "(25, 23)", "f"),
        ("7@N00", "c.jpg", 2, "35", "m"),
        ("7@N00", "c.jpg", 2, "(0, 2)", "u"),  # two faces of one picture with one face id
        ("8@N00", "d.jpg", 3, "None", ""),
        ("8@N00", "e.jpg", 3, "None", "m"),
    ],
    1: [
        ("9@N00", "f.jpg", 4, "(60, 100)", "m"),
        ("9@N00", "g.jpg", 4, "(8, 23)", "f"),
        ("9@N00", "h.jpg", 5, "(38, 48)", "u"),
        ("9@N00", "i.jpg", 5, "(27, 32)", ""),
    ],
    2: [("10@N00", "j.jpg", 6, "(38, 42)", "f"), ("10@N00", "k.jpg", 6, "13", "u")],
    3: [("11@N00", "l.jpg", 7, "(4, 6)", "")],
    4: [("12@N00", "m.jpg", 8, "(48, 53)", "m")],
}

# Rows of the struct in wiki.mat: day of birth, year of the photo, gender, two scores, name.
WIKI_ROWS: list[tuple[float, int, float, float, float, str]] = [
    (725_000.0, 2009, 1.0, 4.0, np.nan, "A"),  # born on 1984-12-22
    (725_000.0, 2010, 1.0, 4.0, np.nan, "A"),
    (729_000.0, 2009, 0.0, 2.0, np.nan, "B"),  # born on 1995-12-05
    (725_000.0, 2009, np.nan, 2.0, np.nan, "C"),
    (725_000.0, 2009, 0.0, -np.inf, np.nan, "D"),  # no face
    (725_000.0, 2009, 0.0, 2.0, 3.5, "E"),  # a second face
    (1.0, 2009, 0.0, 2.0, np.nan, "F"),  # a day before the year 1
    (735_000.0, 2009, 0.0, 2.0, np.nan, "G"),  # born on 2012-05-08, after the photo
    (700_000.0, 2009, 0.0, 2.0, np.nan, "H"),  # born on 1916-07-16
    (725_000.0, 2003, 0.0, 2.0, np.nan, "I"),  # before 2005
]


def picture(path: Path, colour: int = 0) -> Path:
    """Write a small JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 32), (colour % 256, colour // 256, 90)).save(path, "JPEG")
    return path


def adience(root: Path, pictures: bool = True) -> Path:
    """Write the five fold files and the aligned pictures."""
    root.mkdir(parents=True, exist_ok=True)
    for fold, rows in ADIENCE_ROWS.items():
        lines = [ADIENCE_HEADING]
        for number, (album, name, face, age, gender) in enumerate(rows):
            lines.append(f"{album}\t{name}\t{face}\t{age}\t{gender}\t1\t2\t30\t30\t0\t0\t50")
            if pictures:
                path = root / "aligned" / album / f"landmark_aligned_face.{face}.{name}"
                picture(path, 20 * fold + number)
        (root / f"fold_{fold}_data.txt").write_text("\n".join(lines) + "\n")
    return root


def wiki(root: Path, folder: str = "wiki_crop") -> Path:
    """Write wiki.mat as MATLAB v5 with the fields of the real one, and a picture per row."""
    born, year, gender, score, second, name = zip(*WIKI_ROWS, strict=True)
    paths = [f"{number:02d}/{number}_{year[number]}.jpg" for number in range(len(WIKI_ROWS))]
    for number, path in enumerate(paths):
        picture(root / folder / path, number)
    places = np.empty((1, len(paths)), dtype=object)
    for number in range(len(paths)):
        places[0, number] = np.array([[1.0, 2.0, 30.0, 31.0]])
    fields = {
        "dob": np.array([born]),
        "photo_taken": np.array([year], dtype=np.uint16),
        "full_path": _texts(paths),
        "gender": np.array([gender]),
        "name": _texts(name),
        "face_location": places,
        "face_score": np.array([score]),
        "second_face_score": np.array([second]),
    }
    savemat(root / folder / "wiki.mat", {"wiki": fields}, format="5")
    return root


def _texts(values: list[str] | tuple[str, ...]) -> np.ndarray:
    texts = np.empty((1, len(values)), dtype=object)
    for number, value in enumerate(values):
        texts[0, number] = value
    return texts
