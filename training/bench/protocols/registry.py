"""Which protocols there are: what each needs, holds, and where its data can be got.

Light on purpose: `bench datasets` and `--help` read it, and a protocol's own file is imported
when it is opened.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ProtocolEntry:
    """One line of `bench datasets`."""

    name: str
    title: str
    target: str  # "module:class", imported when used
    takes: tuple[str, ...]  # fields of `ProtocolOptions` that it understands
    needs: tuple[str, ...]  # those that it cannot do without
    holds: str  # faces, subjects, folds and labels, with counts where they are fixed
    layout: str  # what lies at --root (or --manifest, --table)
    source: str  # one sentence: where to get what is missing, under which terms
    splits: tuple[str, ...] = ()  # values of --split, the default first
    presets: tuple[str, ...] = ()  # values of --preset


_ENTRIES = (
    ProtocolEntry(
        name="adience",
        title="unfiltered faces of mobile uploads, 8 age bins (2014)",
        target="training.bench.protocols.adience:AdienceProtocol",
        takes=("root", "folds", "preset"),
        needs=("root",),
        holds="19,487 rows of 164 albums in 5 folds: age bin, gender",
        layout="--root: fold_0_data.txt to fold_4_data.txt, aligned/ or faces/ beside them",
        source="ask for it at https://talhassner.github.io/home/projects/Adience/Adience-data.html "
        "(for research)",
        presets=("aligned", "faces", "frontal", "repaired"),
    ),
    ProtocolEntry(
        name="imdb-wiki",
        title="celebrities, age by date of birth and year of the photograph (2015)",
        target="training.bench.protocols.imdb_wiki:ImdbWikiProtocol",
        takes=("root", "preset", "corrections"),
        needs=("root",),
        holds="523,051 rows before filters: age, gender, people",
        layout="--root: wiki.mat and imdb.mat, or wiki_crop/ and imdb_crop/ as distributed",
        source="get it from https://data.vision.ee.ethz.ch/cvl/rrothe/imdb-wiki/ (for research)",
        presets=("usual", "wiki", "imdb", "wiki-13-44-2005"),
    ),
    ProtocolEntry(
        name="utkface",
        title="faces with age, gender and race in the file name (2017)",
        target="training.bench.protocols.utkface:UtkFaceProtocol",
        takes=("root",),
        needs=("root",),
        holds="23,708 faces: age, gender, race; nobody is told apart",
        layout="--root: a folder of pictures named age_gender_race_time.jpg",
        source="get it from https://susanqq.github.io/UTKFace/ (for research, not commercial)",
    ),
    ProtocolEntry(
        name="fairface",
        title="balanced race, gender and age group (2021)",
        target="training.bench.protocols.fairface:FairFaceProtocol",
        takes=("root", "split"),
        needs=("root",),
        holds="10,954 faces to validate and 86,744 to train: age group, gender, race",
        layout="--root: fairface_label_val.csv, fairface_label_train.csv, val/ and train/",
        source="get it from https://github.com/joojs/fairface (CC BY 4.0)",
        splits=("validation", "train"),
    ),
    ProtocolEntry(
        name="agedb",
        title="in-the-wild faces of people whose age is known (2017)",
        target="training.bench.protocols.agedb:AgeDbProtocol",
        takes=("root",),
        needs=("root",),
        holds="16,488 faces of 568 people: age, gender",
        layout="--root: a folder of pictures named number_Name_age_gender.jpg",
        source="ask for it at https://ibug.doc.ic.ac.uk/resources/agedb/ (for research)",
    ),
    ProtocolEntry(
        name="appa-real",
        title="real age, and the mean of about 38 guesses of it (2017)",
        target="training.bench.protocols.appa_real:AppaRealProtocol",
        takes=("root", "split", "preset"),
        needs=("root",),
        holds="1,978 faces to test, 1,500 to validate, 4,113 to train: two ages",
        layout="--root: gt_avg_test.csv and test/, likewise valid and train",
        source="get it from https://chalearnlap.cvc.uab.es/dataset/26/description/ (for research)",
        splits=("test", "validation", "train"),
        presets=("real", "apparent"),
    ),
    ProtocolEntry(
        name="lagenda",
        title="people of all ages in everyday scenes, by ten votes each (2023)",
        target="training.bench.protocols.lagenda:LagendaProtocol",
        takes=("root",),
        needs=("root",),
        holds="84,192 people in 67,159 pictures: age, gender",
        layout="--root: lagenda_annotation.csv and the pictures it names",
        source="get it from https://wildchlamydia.github.io/lagenda/",
    ),
    ProtocolEntry(
        name="folder",
        title="pictures of one's own, in folders named by gender and age",
        target="training.bench.protocols.folder:FolderProtocol",
        takes=("root",),
        needs=("root",),
        holds="what the folders say: female/23/a.jpg, 20-29/male/b.jpg",
        layout="--root: the folder",
        source="sort pictures into folders named female, male, 23 or 20-29",
    ),
    ProtocolEntry(
        name="csv",
        title="a table of one's own, one row per face",
        target="training.bench.protocols.table:TableProtocol",
        takes=("table",),
        needs=("table",),
        holds="columns image, id, age or age_low and age_high, gender, race, subject, fold, …",
        layout="--table: a CSV or Parquet file, pictures beside it",
        source="write one row per face",
    ),
    ProtocolEntry(
        name="manifest",
        title="a split of a dataset version of one's own",
        target="training.bench.protocols.manifest:ManifestProtocol",
        takes=("manifest", "split"),
        needs=("manifest",),
        holds="as many faces as the version has; exact ages, gender, race, country, subjects",
        layout="--manifest: the manifest.parquet of `curate build-dataset`, shards beside it",
        source="`curate build-dataset NAME` writes one",
        splits=("test", "validation", "train"),
    ),
)

PROTOCOLS: dict[str, ProtocolEntry] = {entry.name: entry for entry in _ENTRIES}
