"""Which language a text in Latin letters is in, and the stem of a word in each."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

import regex
import snowballstemmer

ENGLISH = "english"

_STOP_WORDS = """
a about above after again all also am an and any are as at be because been before being below between both but by can
could did do does doing down during each few for from further had has have having he her here hers him his how i if in
into is it its itself just let me might more most must my no nor not of off on once only or other our out over own
please same shall she should so some such than that the their them then there these they this those through to too
under until up us very was we were what when where which while who whom why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that carry no topic of their own; they are left out of queries, not out of the index."""

# Small words, folded, that tell a language; those that two languages share are in both.
_TELLING = {
    "german": "der die das den dem des ein eine einen einem einer eines und oder aber nicht ist sind war waren wird"
    " werden wurde wurden hat haben hatte kann konnen mit von vom zu zum zur im in an am auf aus bei beim nach fur uber"
    " unter um als auch wie was wer wo wann warum welche welcher welches welchen sich es er sie wir ich man nur noch so"
    " durch dass wenn bis seit ihr ihre sein seine kein keine mehr viele wird will",
    "spanish": "el la los las un una unos unas de del al y o que quien quienes cual cuales como cuando donde cuanto"
    " cuantos cuanta cuantas en con por para sin sobre entre es son fue fueron era ser esta estan se su sus lo le les"
    " no si mas pero desde hasta este esto muy ha han hay",
    "french": "le la les l un une des du de d et ou a au aux en dans par pour sur avec sans est sont etait ete qui que"
    " qu quoi quel quelle quels quelles comment quand pourquoi combien ne n pas plus ce c cette ces se s il elle ils"
    " elles on nous vous son sa ses leur leurs mais si y",
    "italian": "il lo la i gli le l un uno una di d del della dei delle degli dello al alla ai alle e ed o che chi"
    " quale quali come quando dove quanto quanti quante perche in nel nella nei nelle con per su sul sulla da dal dalla"
    " tra fra non sono era si ha hanno piu anche questo questa se suo sua cosa",
    "portuguese": "o a os as um uma uns umas de do da dos das em no na nos nas e ou que quem qual quais como quando"
    " onde quanto quantos por para com sem sobre entre ao aos pelo pela nao sao foi foram era ser esta se seu sua seus"
    " suas mais mas isso este",
    "romanian": "si in de la cu pe din pentru este sunt a al ale ai un o unui unei care ce cine cum cand unde cat cati"
    " cate nu sa se au fost mai prin dupa sau dar ca lui lor fi era are despre intr dintre",
    "turkish": "ve bir bu ne da de icin ile olarak hangi kim kac nasil nerede zaman daha en cok gibi olan kadar sonra"
    " mi mu degil ise o her var nedir kimdir hangisi neden oldugu",
    "dutch": "de het een en of van in op te aan met voor door bij uit om is zijn was waren wordt werd niet wie wat"
    " welke hoe wanneer waar waarom dat die deze dit ook als naar er hij zij ze hun kan maar nog",
    "swedish": "och i att det som en ett den av for med till pa ar var inte om har de kan vad vem hur nar vilken"
    " vilket vilka varfor fran eller ska vid",
    "danish": "og i at det som en et den af for med til pa er var ikke om har de kan hvad hvem hvordan hvornar hvilken"
    " hvilket hvorfor hvor fra eller skal ved",
    "norwegian": "og i a det som en et den av for med til pa er var ikke om har de kan hva hvem hvordan nar hvilken"
    " hvilket hvorfor hvor fra eller skal ved",
    "finnish": "ja on ei ole se etta joka mita kuka missa milloin kuinka mika oli ovat tai myos kun kuin",
    "polish": "i w z na do nie sie to jest ze o od po jak przez za dla oraz lub a co kto kiedy gdzie ktory ktora"
    " ktore jaki jakie czy sa byl byla",
    "czech": "a v na se je ze z do s o k pro jako co kdo kde kdy jak ktery ktera ktere nebo byl jsou podle od po",
    "hungarian": "a az es nem hogy egy is van volt mi ki hol mikor milyen melyik vagy de meg ez",
    "indonesian": "yang dan di ke dari untuk dengan adalah pada ini itu apa siapa kapan mana berapa oleh sebagai dalam"
    " tidak akan",
    "vietnamese": "la cua va co cac mot nhung duoc cho trong voi nao gi khong tu o de bao nhieu ai dau",
}
_SMALL = {ENGLISH: STOP_WORDS} | {language: frozenset(words.split()) for language, words in _TELLING.items()}
_LANGUAGES_OF: defaultdict[str, list[str]] = defaultdict(list)
for _language, _words in _SMALL.items():
    for _word in _words:
        _LANGUAGES_OF[_word].append(_language)

_SCRIPTS = {
    "latin": r"\p{Latin}",
    "russian": r"\p{Cyrillic}",
    "greek": r"\p{Greek}",
    "arabic": r"\p{Arabic}",
    "hindi": r"\p{Devanagari}",
    "tamil": r"\p{Tamil}",
    "armenian": r"\p{Armenian}",
}
_OF_ONE_SCRIPT = regex.compile("|".join(rf"(?P<{name}>[{script}\p{{M}}]+)" for name, script in _SCRIPTS.items()))
"""A word whose letters say how it is stemmed; of Latin ones the text must say it."""


def language_of(words: Iterable[str]) -> str:
    """The language that most of the small words among folded `words` belong to; English unless one leads alone."""
    counts = Counter(language for word in set(words) for language in _LANGUAGES_OF.get(word, ()))
    leading = counts.most_common(2)
    if not leading or (len(leading) == 2 and leading[0][1] == leading[1][1]):
        return ENGLISH
    return leading[0][0]


def is_small(word: str, language: str) -> bool:
    """Whether a word carries no topic of its own in a language."""
    return word in _SMALL[language]


@lru_cache(maxsize=200_000)
def stem(word: str, language: str = ENGLISH) -> str:
    """The stem of a folded word: by `language` where its letters are Latin, else by its script; else the word."""
    match = _OF_ONE_SCRIPT.fullmatch(word)
    if match is None:
        return word
    algorithm = language if match.lastgroup == "latin" else match.lastgroup
    if algorithm == "vietnamese" or (algorithm in _SMALL and word in _SMALL[algorithm]):
        return word
    return _stemmers.stemmed(algorithm, word)


class _Stemmers(threading.local):
    """Stemmers for each thread: one keeps the word it is at in itself, and two threads would mix theirs."""

    def __init__(self) -> None:
        self._by_algorithm: dict[str, snowballstemmer.stemmer] = {}

    def stemmed(self, algorithm: str, word: str) -> str:
        if algorithm not in self._by_algorithm:
            self._by_algorithm[algorithm] = snowballstemmer.stemmer(algorithm)
        return str(self._by_algorithm[algorithm].stemWord(word))


_stemmers = _Stemmers()
