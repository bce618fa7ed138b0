"""The commented evenface.toml that `curate init` writes; a test holds it against the defaults."""

TEMPLATE = """\
# Settings of this Evenface workspace. What stands here as a comment is the default.
# An environment variable goes first: EVENFACE_DATABASE__URL for [database] url.

[database]
# SQLite needs no set-up. For PostgreSQL: "postgresql://user:password@host/name",
# better given as EVENFACE_DATABASE__URL than written here. Then run `curate db upgrade`.
# url = "sqlite:///evenface.db"

[store]
# Images and face crops: a folder beside this file, or an fsspec URL (s3://bucket/prefix, with
# `pip install 'evenface[s3]'`, and keys where AWS's own tools look for them).
# url = "store"

[run]
# Worker processes of a stage; 0 takes one per core.
# workers = 0
# Where they run: "local" (this machine) or "ray" (a Ray cluster; docs/ray.md).
# engine = "local"
# The cluster: "auto" (the one that this machine belongs to), "local" (one started for the run, on
# this machine), or "host:port" of its head node.
# ray_address = "auto"
# What one worker on the cluster takes; a part of a GPU may be given, such as 0.25.
# ray_cpus = 1.0
# ray_gpus = 0.0

[ingest]
# Posts without a stated age, in hashtags or by the source, are set aside and not fetched.
# require_age = true
# max_bytes = 50000000
# max_pixels = 100000000
# Seconds to wait for a server to answer, or to go on sending; and the bytes per second that it
# must send on average after that time.
# timeout = 30.0
# min_rate = 5000.0
# Pictures fetched at the same time, in all and from one host; and requests to one host in a
# second (0: as many as it answers).
# connections = 64
# per_host = 8
# requests_per_second = 20.0
# An address that servers are shown, where their owners can ask you to stop: a page or e-mail.
# contact = ""
# What owners say about their pictures, in robots.txt, in headers and in tdmrep.json, is obeyed;
# a picture that may not be used is set aside with the words that say so. Setting one of these to
# false takes pictures against their owner's stated will: only do so if you have their permission.
# respect_robots = true
# respect_x_robots_tag = true
# respect_tdm_reservation = true
# respect_content_usage = true
# Whether addresses of this machine and its network may be asked. A post could name any of them:
# leave this as it is unless you wrote the posts yourself.
# allow_private_addresses = false

[detect]
# The smallest face that is looked for, in pixels, and the lowest score that counts (0 to 1).
# min_face = 40
# min_score = 0.95
# Pictures with several faces: "reject" (whose age is it?), or take the "largest", the most
# "central", or the "prominent" one, whose area is at least prominent_ratio times the second's.
# several_faces = "reject"
# prominent_ratio = 2.0
# A main face turned further than this to the side or up and down, in degrees, is set aside, and
# one that is less sharp (0 to 1; good photographs have about 0.55).
# max_yaw = 60.0
# max_pitch = 40.0
# min_sharpness = 0.25
# Look for faces in JPEGs decoded at a fraction of their size, where min_face allows it. Several
# times faster for large pictures; boxes move a little (docs/faces.md). Crops stay as sharp.
# fast = false

[dedup]
# Images whose 64-bit perceptual hashes differ in at most this many bits are looked at again.
# radius = 10
# The same for a whole picture and a window of another, which finds crops, frames and captions.
# Unset, it is the widest up to 8 that the number of pictures allows (docs/duplicates.md); -1 leaves
# windows out.
# window_radius = 8
# Copies whose stated ages differ by more years than this contradict each other.
# age_tolerance = 1.0

[label_studio]
# Empty: the server that `curate label-studio up` runs for this workspace. For a server of your
# own give its URL here and the key as EVENFACE_LABEL_STUDIO__API_KEY (never in this file).
# url = ""
# api_key = ""
# How that server reaches the pictures: {key} is the place in the store. "s3://bucket/prefix/{key}"
# names a bucket that holds a copy of the store; a store that is in a bucket needs no word here.
# image_url = "/data/local-files/?d={key}"
# The store as that server sees it, when it serves local files from another path.
# document_root = ""
# Whether the workspace's own server may call programs of this machine, for `curate pull --webhook`.
# Then whoever has an account on it can make it ask any address of this machine.
# hooks = false
# Of pictures in a bucket (s3://…) it gives out addresses that are good for so many minutes, signed
# with a key that may read there: EVENFACE_LABEL_STUDIO__S3_ACCESS_KEY and __S3_SECRET_KEY, else
# that of the AWS_ environment; s3_endpoint names a server that is not Amazon's.
# s3_access_key = ""
# s3_secret_key = ""
# s3_endpoint = ""
# s3_minutes = 60
# Where Label Studio is installed; empty: the user's cache folder.
# home = ""

[moderation]
# Languages of the questions: "en", "ru", "es". With several, each text stands in all of them.
# They may change at any time: votes are the same in all (docs/moderation.md).
# languages = ["en"]
# Whether the perceived group (the seven of FairFace) and the age in years are asked for as well.
# Other questions are another project, where every face is asked about anew.
# ask_race = false
# ask_age = false
# Whether moderators see what `curate push --predictions` sent along, filled in. Blind votes say
# more: people agree with what they are shown.
# show_predictions = false
# What makes votes a verdict: "dawid-skene" weighs each moderator by how often they are right, as
# their votes show; "majority" counts (docs/moderation-verdicts.md).
# method = "dawid-skene"
# Moderators asked about every face; then one more at a time, up to max_votes in all, until the
# probability of each answer reaches the threshold.
# votes = 2
# max_votes = 5
# threshold = 0.98
# Votes that there must be for a verdict ("majority": that must agree).
# quorum = 2
# How often one vote is taken to be right while nothing is known of who gave it, and how many votes
# of a moderator weigh as much as that belief (0: none, and three votes make an oracle).
# vote_accuracy = 0.8
# prior_votes = 10.0
# `curate moderators` proposes to suspend whose accuracy is surely below accuracy_bar; below
# suspend_below it is done by itself (0: never; docs/moderators.md).
# accuracy_bar = 0.7
# suspend_below = 0.6
# The share of answers that go to faces whose right answers are known (0: none), and the votes, all
# of one mind, and the probability from which such gold faces grow.
# gold_rate = 0.05
# gold_votes = 3
# gold_probability = 0.99
# What one answer to one face costs, and in what, for the campaign's view (0: not told).
# price_per_vote = 0.0
# currency = ""

[balance]
# "draw" takes the largest dataset that keeps the targets; "weights" keeps everything and writes
# what each sample counts for, from the lowest to the highest of weight_limits (the mean is 1).
# mode = "draw"
# weight_limits = [0.1, 10.0]
# The largest dataset that keeps the targets, or a number of photographs.
# size = "max"
# Within a cell "best" (new subjects, sure verdicts, good pictures first) or "random".
# order = "best"
# Photographs of one subject, and of one author, at the most; 0 is as many as there are.
# max_per_subject = 0
# max_per_author = 0
# What tells the race of a face: its "label", or where it has none the people of its "country".
# race_from = "label"
# Bins of age in tables and plots, where no target names its own.
# age_bins = ["0-2", "3-6", "7-12", "13-19", "20-32", "33-47", "48-59", "60+"]
# Targets: `shares` that add up to 1 or name a table ("social", "uniform", "mine.csv"), `floors`,
# `ceilings` or `equal`; of gender, age, country or race, or of two of them ("Black/female"); in the
# dataset, or `within` each value of another attribute. docs/balance.md shows more.
# targets = [{attributes = ["gender"], within = "country", equal = true}]
# At least so many photographs of somebody; docs/balance.md shows how.
# minima = []

[dataset]
# Every draw follows from this number.
# seed = 1
# Shares of subjects; the rest is for training.
# validation = 0.1
# test = 0.2
# Samples in one shard.
# shard_size = 10000
# With --identity-weights: how alike two faces are that are taken for one person (a cosine).
# likeness = 0.7

[papers]
# What the papers of a dataset (datasheet, Croissant, provenance) say of you and of its use. What is
# not given they call unknown.
# Who issues it, and where questions and requests to be removed go.
# issuer = ""
# contact = ""
# Where it is published, and the licence of the collection (an address; photographs keep theirs).
# url = ""
# licence = ""
# A paragraph before what the papers say by themselves, and how to cite the dataset.
# description = ""
# citation = ""
# Where consents, or the terms that people agreed to, can be read.
# consent = ""
# Countries (ISO 3166-1) in which it may be processed and stored; none named: no limit is known.
# processed_in = []
# stored_in = []
"""
