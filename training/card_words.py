"""What every model card says, whatever the run: uses, limits, ethics."""

from __future__ import annotations

INTENDED = """\
Statistics over many faces, where the people shown agreed to it or the law allows it: how a
collection of photographs is made up by age and gender; balancing datasets; research on the
fairness of face analysis. A person who looks at single answers should see the probability and the
interval with them."""

OUT_OF_SCOPE = """\
- Decisions about single people: access, age checks that decide alone, work, credit, police.
- Finding or recognising people; the model says nothing about who somebody is.
- Telling anybody's gender identity. The model says how a face was labelled by those who looked at
  it, female or male. It knows no other answer, and is wrong about people whom two words do not fit.
- Medical statements. Apparent age is not health, nor the age in a passport."""

LIMITS = """\
- It takes faces that were found and aligned as in training (five landmarks, 256 pixels). Other
  crops, profiles, covered or very small faces, drawings and filters are outside of what it knows.
- It is only as even as its training data. Where a group is rare there, errors are larger.
- Ages are apparent ages of photographs; make-up, light and the camera change them.
- A probability is right on average over pictures like those it was calibrated on, and need not be
  elsewhere."""

ETHICS = """\
- The pictures show real people, who may ask to be left out. Datasets that Evenface builds keep
  licences and sources, obey opt-outs and can be patched when somebody is erased; a model that was
  trained before has still seen them, so it should be trained again on the patched version. Of
  pictures from elsewhere whoever trained on them has to know the terms.
- Errors are not spread evenly over people. The tables by group below are part of the model: read
  the worst row, not the mean.
- Labels come from people who looked at photographs; their prejudices are in them.
- Two genders are a simplification of the data, not a statement about people."""

USE = """\
```sh
predict images photographs/ --checkpoint {folder}/model.pt
train export {folder}/model.pt --onnx face.onnx --safetensors face.safetensors
```

Exported files carry what is needed to use them alone: sizes, normalisation, landmarks, the meaning
of the age."""

CAVEATS = """\
Figures hold for the test sets named, prepared as the reports say. Two models are compared on the
same pictures (`bench compare`), not by their cards."""
