"""The questions in Spanish."""

from __future__ import annotations

from curation.moderation.questions.wording import Wording

WORDING = Wording(
    name="español",
    questions={
        "gender": "Género",
        "age_fits": "¿Encaja la edad declarada?",
        "age": "¿Qué edad aparenta la persona, en años?",
        "race": "Grupo percibido",
        "relevant": "¿Una sola persona real y visible (un niño o niña, si así se declara)?",
        "irrelevant": "¿Por qué no? (opcional)",
        "unsafe": "¿No debe verlo nadie?",
    },
    choices={
        "gender": {"female": "femenino", "male": "masculino", "unclear": "no se sabe"},
        "age_fits": {
            "yes": "sí, encaja",
            "too_young": "no, parece menor",
            "too_old": "no, parece mayor",
            "unclear": "no se sabe",
        },
        "race": {
            "White": "blanco",
            "Black": "negro",
            "Indian": "indio",
            "East Asian": "Asia oriental",
            "Southeast Asian": "Sudeste Asiático",
            "Middle Eastern": "Oriente Medio",
            "Latino_Hispanic": "latino o hispano",
            "unclear": "no se sabe",
        },
        "relevant": {"yes": "sí", "no": "no"},
        "irrelevant": {
            "drawing": "dibujo o juego",
            "statue": "estatua o muñeco",
            "screen": "captura de pantalla",
            "collage": "collage",
            "several": "varias personas",
            "hidden": "cara oculta",
            "adult": "adulto, se declara un niño",
            "other": "otra cosa",
        },
        "unsafe": {"yes": "inadmisible: sexual, violento o daña a un menor"},
    },
    claim="Edad declarada:",
    band="± {width} (de {low} a {high})",
    child=", un niño o una niña",
    years=lambda number: "año" if number == 1 else "años",
    months=lambda number: "mes" if number == 1 else "meses",
    decimal=",",
    guide=(
        "Mire primero la cara y después la imagen entera. Responda lo que ve; no hace falta "
        "saberlo. Nadie ve sus respuestas, y usted no ve las de los demás.",
        "Género: lo que aparenta la persona. Si dos personas no estarían de acuerdo, responda que "
        "no se sabe.",
        "Edad: arriba están la edad declarada y el intervalo que todavía encaja. Quien parece más "
        "joven que todo el intervalo parece menor; no adivine la edad.",
        "Es válida la fotografía de una sola persona real cuya cara se ve. No lo son dibujos, "
        "juegos, estatuas, muñecos, capturas de pantalla, collages, varias personas del mismo "
        "tamaño, ni el padre o la madre si se declara la edad de un niño.",
        "Inadmisible: sexual, cruel o dañino para un menor. Una sola respuesta así retira la "
        "imagen de inmediato y nadie más la ve. Entonces no hace falta responder lo demás.",
        "Cada respuesta tiene su tecla, indicada al lado. Ctrl y Enter envían las respuestas. La "
        "misma tecla otra vez quita la respuesta.",
    ),
)
