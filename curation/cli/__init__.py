"""`curate`: from hashtags to a moderated, balanced dataset, one command per stage."""

from __future__ import annotations

from curation import console
from curation.cli import (
    balance,
    build_dataset,
    dataset,
    db,
    dedup,
    demo,
    detect,
    duplicates,
    erase,
    faces,
    gold,
    hashtags,
    ingest,
    init,
    label_studio,
    moderation,
    moderators,
    optouts,
    pull,
    push,
    quarantine,
    sources,
    status,
    verdicts,
)

app = console.app(
    "Collect, moderate and balance a face dataset with true ages and genders.\n\n"
    "In order: init, ingest, detect, dedup, push, (moderators vote), pull, build-dataset. "
    "Every command may be run again at any time and does only what is left to do."
)

app.command("init")(init.init)
app.command("sources")(sources.sources)
app.add_typer(ingest.app, name="ingest")
app.command("detect")(detect.detect)
app.command("faces")(faces.faces)
app.command("dedup")(dedup.dedup)
app.command("duplicates")(duplicates.duplicates)
app.add_typer(label_studio.app, name="label-studio")
app.command("push")(push.push)
app.command("pull")(pull.pull)
app.add_typer(quarantine.app, name="quarantine")
app.command("verdicts")(verdicts.verdicts)
app.add_typer(moderation.app, name="moderation")
app.add_typer(moderators.app, name="moderators")
app.add_typer(gold.app, name="gold")
app.command("status")(status.status)
app.command("balance")(balance.balance)
app.command("build-dataset")(build_dataset.build_dataset)
app.command("hashtags")(hashtags.hashtags)
app.add_typer(dataset.app, name="dataset")
app.command("erase")(erase.erase)
app.add_typer(optouts.app, name="optouts")
app.add_typer(db.app, name="db")
app.add_typer(demo.app, name="demo")
