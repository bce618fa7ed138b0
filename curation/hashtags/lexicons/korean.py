"""Korean: native and Sino-Korean numbers, and the names of its years of celebration."""

from __future__ import annotations

from curation.hashtags.lexicon import DAY, MONTH, Gendered, Idiom, Lexicon, Rule
from curation.hashtags.numbers import counted, joined

# Native numbers, as they stand alone and before a counter.
_ONES = counted("하나/한 둘/두 셋/세 넷/네 다섯 여섯 일곱 여덟/여덜 아홉")
_TENS = counted("열 스물 서른 마흔 쉰 예순 일흔 여든 아흔 백", 10, 10) | {"스무": 20}
_SINO_ONES = counted("일 이 삼 사 오 육 칠 팔 구")
_SINO_TENS = {"십": 10} | {f"{one}십": 10 * value for one, value in _SINO_ONES.items() if value > 1}
_SINO = _SINO_TENS | joined(_SINO_TENS, _SINO_ONES)

CARDINALS = (
    _ONES
    | _TENS
    | joined(_TENS, _ONES)
    | {f"백{word}": 100 + value for word, value in (_ONES | {"열": 10, "스물": 20, "스무": 20}
                                                 | joined({"열": 10}, _ONES)).items()}
    | _SINO_ONES
    | _SINO
    | {f"백{word}": 100 + value for word, value in (_SINO_ONES | _SINO).items() if value <= 20}
)  # fmt: skip
ORDINALS = {
    "첫": 1, "첫번째": 1, "두번째": 2, "세번째": 3, "네번째": 4,
} | {f"{word}번째": value for word, value in CARDINALS.items() if value > 4 and word not in _SINO}  # fmt: skip

_KIN = (
    "아들 딸 우리아들 우리딸 엄마 아빠 할머니 할아버지 어머니 아버지 형 누나 언니 오빠 동생 남동생 여동생 남편 아내 와이프 손자 손녀 "
    "조카 조카님 친구 첫째 둘째 셋째 막내 큰딸 작은딸 큰아들 작은아들 외할머니 외할아버지 쌍둥이 딸램 아들램 딸내미 아들내미 이모 삼촌 고모 "
    "여자친구 남자친구 여친 남친 나 저 울아들 울딸 울엄마 울아빠 우리엄마 우리아빠"
)
_CHILD = (
    "아기 아가 애기 베이비 남아 여아 소년 소녀 아이 공주 왕자 공주님 왕자님 남자아이 여자아이 남자아기 여자아기 딸아이 맘 엄마의 어린이 "
    "베베 꼬마 아기사진 여자 남자 청년 여학생 남학생 baby boy girl 아들의 딸의"
)

WORDS = {
    "age_unit": "살 세 살이 살의 살이에요 살입니다 살아이 살아기 살되다 쨜 짤",
    "years": "년 해",
    "months": "개월 개월아기 개월차 개월차아기 개월아들 개월딸 개월베이비 개월남아 개월여아 갤",
    "weeks": "주",
    "days": "일 일아기 일째",
    "old": "",
    "ordinal": "번째 번쨰 th nd rd st",
    "birthday": (
        "생일 생일축하해 생일축하 생일날 생일파티 생신 생신축하 생일입니다 생일상 생일축하합니다 생일축하드려요 생파 생일케이크 "
        "birthday bday 생일기념 벌스데이 생일선물 생일맞이 생신축하드려요 생일스냅 생일이다 생일이야 생일주간 생신잔치 생일을 생신상 귀빠진날"
    ),
    "dol": "돌 돌잔치 돌사진 돌스냅 돌상 돌끝맘 돌아기 돌준맘 돌촬영 돌기념",
    "happy": "축하해 축하 happy 해피 행복한 축하해요 축하합니다 축 안녕 반가워",
    "turned": (
        "되었어요 됐어요 됐다 되다 됨 되었다 된날 되었습니다 된 되는날 이되다 이됐다 이되었다 입니다 이에요 됐네 진입 시작 이된 이되었어요 "
        "이야 이다 되는 이되는날"
    ),
    "born": "생후 태어난지 출생",
    "age": "나이 만 만나이 방년 올해",
    "is": "나는 난 나도 내나이 제나이 나이는 이제는 올해로",
    "kin": _KIN,
    "child": _CHILD,
    "whose": "나의 내 우리 우리집 울 제",
    "party": "파티 기념 케이크 스냅 사진 축하파티 파티룸",
    "today": "오늘 오늘은 오늘로",
    "now": "드디어 벌써 이제 막 꽉찬 어느덧 어느새 ",
    "of": "의 이 가 은 는 에 을 를 도 째",
    "half": "반",
    "veto_before": (
        "약 거의 곧 최대 대략 향년 마음만은 마음은 평생 영원한 영원히 누적 지난 최근 신체나이 정신연령 국도 시즌 채널 "
        "기원전 피부나이 뇌나이"
    ),
    "veto_after": (
        "이상 이하 미만 대 부터 까지 차이 연상 연하 전 후 후에 때 시절 무렵 쯤 정도 초반 중반 후반 넘어 넘은 되기전에 되기전 되면 "
        "관람가 이용가 주년기념 년차 년째 년생 학년 회 위 점 명 개 권 편 화 층 분 시 시간 원 만원 킬로 km kg 등 호 "
        "호선 번 대여자 대남자 여년 나이차 어린 어려보이는 연령 금 기 장 잔 병 곡 골 세기 대코디 대패션 전에해야할 더 더먹 더먹기 "
        "이전 이후"
    ),
    "veto_beside": "월",
    "range": "에서 ~ 〜 ～ 또는",
    "veto": (
        "주년 기념일 결혼 결혼기념일 결혼식 부부 신혼 커플 연애 사귄지 만난지 연인 사랑한지 교제 우정 약혼 전에 년전 년후 근속 근무 "
        "입사 직장 직장인 경력 회사 창립 창업 개업 오픈 설립 데뷔 교사생활 금연 금주 단주 다이어트 챌린지 도전 임신 임산부 임신중 "
        "임신부 주차 태교 만삭 막달 출산 기일 추모 제사 별세 사망 서거 하늘나라 천국 그리운 주기 강아지 댕댕이 멍멍이 반려견 노견 "
        "개린이 멍스타그램 반려묘 고양이 냥이 냥스타그램 노묘 견생 묘생 토끼 햄스터 앵무새 말티즈 푸들 포메 시츄 비숑 치와와 "
        "웰시코기 진돗개 집 아파트 건물 교회 위스키 와인 양주 숙성 자동차 차 올드카 오토바이 브랜드 가게 매장 학교 고등학교 대학교 동창회 "
        "동창 졸업 수능 동문 개교 도시 대한민국 한국 광복 광복절 독립 건국 혁명 전쟁 휴전 운동 민주화 세월호 역사 방송 드라마 라디오 "
        "나이차이 세차이 살차이 대출 보증 영화 앨범 노래 우승 리그 월드컵 야구 축구 은퇴 정년 전역 입대 육아휴직 새해 연말 설날 "
        "버킷리스트 코로나 격리 장기연애 동거 아홉수 띠동갑 동갑내기 세대 투표권 선거권"
    ),
}

RULES = (
    Rule("age-unit", "(age | is | today | now)* count half? age_unit half?", 0.9),
    Rule("nth-birthday", "(count ordinal | nth) of* birthday", 0.95),
    Rule("nth-name-birthday", "(digits ordinal | nth) unknown birthday", 0.6, low=2),
    Rule("number-birthday", "(start | kin | child | whose | happy) count birthday", 0.8, low=2),
    Rule("born-months", "born of* count months half?", 0.95, MONTH, high=48),
    Rule("born-days", "born of* count days", 0.9, DAY, high=400),
    Rule("born-weeks", "born of* count weeks", 0.9, 7 / 365.25, high=60),
    Rule("months-old", "(start | kin | child | whose | happy | unknown) (now | of)* count half? months half?"
         " (child | kin | of | turned | birthday | party | happy | end)", 0.75, MONTH, high=36),
    Rule("dol", "count dol", 0.8, low=1, high=3),
    Rule("age-unit-months", "count age_unit of* other months", 0.95, high=17),
)  # fmt: skip

IDIOMS = (
    Idiom("first-birthday", "첫돌 돌잔치 돌사진 돌스냅 돌상 돌끝맘 돌준맘 돌촬영 돌아기 첫생일 첫돌잔치 셀프돌잔치 돌잡이 첫돌맞이 첫돌기념 "
          "돌기념", 1, 0.8, "(start | kin | child | whose | happy | now | today | birthday) idiom"),
    Idiom("hundred-days", "백일잔치 백일사진 백일상 백일아기 백일촬영 백일스냅 셀프백일상 백일파티 100일잔치 100일아기 100일상 백일떡 셀프백일 "
          "아기백일", 100 / 365.25, 0.8),
    Idiom("half-year", "반돌 반살", 0.5, 0.6, "(start | kin | child | whose) idiom"),
    Idiom("twenty", "스무살 갓스물", 20, 0.85, "idiom (?! (veto_after | of? veto_after))"),
    Idiom("adulthood", "성년의날 성인식", 19, 0.5, "start (kin|whose|happy)* idiom end"),
    Idiom("sixty", "환갑 회갑 환갑잔치 회갑연 환갑파티 육순 육순잔치 환갑상 환갑축하", 60, 0.75),
    Idiom("seventy", "칠순 칠순잔치 고희 고희연 칠순파티 칠순상 칠순축하", 70, 0.8),
    Idiom("seventy-seven", "희수연", 77, 0.7),
    Idiom("eighty", "팔순 팔순잔치 팔순연 팔순파티 팔순상 산수연", 80, 0.8),
    Idiom("eighty-eight", "미수연", 88, 0.7),
    Idiom("ninety", "구순 구순잔치 구순연 졸수연", 90, 0.8),
    Idiom("ninety-nine", "백수연", 99, 0.7),
    Idiom("twenty-five", "반오십", 25, 0.7),
    Idiom("fifty", "반백살 반백 지천명", 50, 0.65,
          "(start | kin | whose | is | now | today | turned) idiom (age_unit | turned | of | birthday | end)"),
    Idiom("thirty", "이립", 30, 0.5, "start idiom end"),
    Idiom("forty", "불혹 불혹의나이 불혹이다", 40, 0.65),
    Idiom("eighteen", "낭랑십팔세 낭랑18세", 18, 0.5, "start (kin | is)* idiom end"),
)  # fmt: skip

LEXICON = Lexicon(
    language="ko",
    script="hangul",
    cardinals=CARDINALS,
    ordinals=ORDINALS,
    words=WORDS,
    rules=RULES,
    idioms=IDIOMS,
    without=frozenset({"months", "is-number", "today-years", "has-years", "kin-has-years", "birthday-number",
                       "happy-years", "years-birthday", "birthday-years", "number-birthday", "finally",
                       "happy-number", "age-unit", "turned", "kin-is-number", "age"}),
    letters="살세",
    gendered=Gendered(
        female=(
            "딸 우리딸 울딸 큰딸 작은딸 딸램 딸내미 엄마 어머니 할머니 외할머니 언니 누나 여동생 아내 와이프 손녀 공주 공주님 여자아이 "
            "여아 여자친구 여친 이모 고모"
        ),
        male=(
            "아들 우리아들 울아들 큰아들 작은아들 아들램 아들내미 아빠 아버지 할아버지 외할아버지 오빠 형 남동생 남편 손자 왕자 왕자님 "
            "남자아이 남아 남자친구 남친 삼촌"
        ),
        female_alone="여자아기 공주님생일 딸스타그램",
        male_alone="남자아기 왕자님생일 아들스타그램",
        its="성별은 성별",
    ),
)  # fmt: skip
