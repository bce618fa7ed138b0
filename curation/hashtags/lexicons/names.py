"""Names whose birthdays are anniversaries: countries, institutions, brands, made-up figures.

As they stand in Latin letters in hashtags of many languages.
"""

from __future__ import annotations

LANDS = (
    "nigeria naija ghana kenya uganda zambia zimbabwe india bharat indonesia malaysia pakistan "
    "singapore singapura israel america usa philippines pilipinas bangladesh srilanka southafrica "
    "tanzania rwanda botswana malawi namibia ethiopia nepal canada australia newzealand jamaica "
    "trinidad barbados mauritius kuwait qatar uae turkiye turkey turkei cumhuriyet germany "
    "deutschland france italia italy espana mexico brasil brazil portugal argentina colombia peru "
    "venezuela ecuador bolivia uruguay paraguay cuba chile russia rossiya ukraine ukraina "
    "kazakhstan japan nippon korea china taiwan vietnam thailand egypt morocco maroc algeria "
    "algerie tunisia tunisie saudi saudiarabia lebanon iran iraq osterreich schweiz suisse "
    "switzerland belgique belgium nederland polska poland europe europa africa cameroon cameroun "
    "senegal cotedivoire somalia sudan angola mozambique mocambique azerbaycan kibris"
)
BODIES = (
    "nhs nasa disneyland hiphop dccomics disneyworld disney magazine university universidad "
    "universidade universita universitat universite universitas universitesi college footballclub "
    "fanclub fussballclub hospital museum museo museu musee airline airlines radio television "
    "motors corporation foundation association society institute academy library orchestra "
    "stadium raf navy army marines internet bitcoin google facebook twitter instagram youtube "
    "thesims sims hellokitty godzilla batman superman gundam pokemon mario zelda barbie bmw "
    "mercedes porsche ferrari toyota honda nintendo playstation xbox apple microsoft ikea lego "
    "unesco unicef nato opec galatasaray fenerbahce besiktas realmadrid barcelona bayern"
)
