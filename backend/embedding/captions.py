"""Captions of training sequences as tokens, and pairs of captions with the same meaning."""

import random
import re
from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.caption_templates import mirror_caption, reword_caption
from ..data.sequences import ClipSpan
from ..text.encoder import TOKEN_WIDTH, TextEncoder

SAME_MEANING_COSINE = 0.85
"""Cosine of two captions' mean tokens above which they count as the same."""

_BATCH = 64
_PACES = ("slow", "slowly", "quick", "quickly", "fast", "brisk", "briskly", "rapidly")
_COUNTS = ("once", "twice", "thrice", "one", "two", "three", "four", "five", "six", "several")
_DIRECTIONS = ("forward", "forwards", "backward", "backwards", "back", "up", "down", "sideways")
_DISTINGUISHING = frozenset((*_PACES, *_COUNTS, *_DIRECTIONS))
_UNRELATED_PROMPTS = """
the stock market fell sharply on monday | preheat the oven to two hundred degrees | blue |
a bowl of fresh strawberries | quarterly revenue grew by four percent | the capital of france |
seven times eight is fifty-six | a red sports car parked outside a bank | asdf qwer zxcv |
fjdksl ghtyru | kjhgf poiuy mnbvc | zzzz | wqeqwe rtyrty | dsfkjh sdfkjh sdf |
blorp snarfle quux | aaaaaaa | qwertyuiop | hjkl hjkl hjkl | vbnm tgbyhn ujm |
lorem ipsum dolor sit amet | xkcd 1234 #!? | once upon a time in a distant galaxy |
photosynthesis turns light into sugar | how much does this cost |
a sunset over the mountains, oil painting | highly detailed portrait, studio lighting |
the meeting is postponed until thursday | import numpy as np | please translate this letter |
a cathedral with gothic windows | the weather tomorrow will be cloudy |
a jazz song in a minor key | democracy and its critics | water boils at one hundred degrees |
chocolate cake recipe | the theory of general relativity | an old map of the city | hello |
a bottle of wine | a cup of coffee | my computer is broken | the president gave an interview |
an elephant | yes | null | 12345 | ... | a fluffy white cloud | the password is incorrect |
terms and conditions apply | an empty wooden table | the price of gold |
my favourite colour is green | a glass vase full of tulips | render error, please try again |
ein Mann geht langsam nach vorne | eine Frau winkt mit der rechten Hand |
jemand springt in die Luft | die Person setzt sich hin | un homme marche lentement |
une personne saute sur place | quelqu'un danse | elle lève la main gauche |
una persona camina hacia adelante | un hombre corre y salta | alguien baila salsa |
la mujer se sienta | una persona cammina in cerchio | un uomo salta |
uma pessoa caminha devagar | alguém chuta uma bola | een man loopt vooruit |
iemand zwaait met de hand | en person går framåt | człowiek idzie powoli | kobieta tańczy |
мужчина идёт вперёд | женщина танцует | человек прыгает |
一个人向前走 | 一个女人在跳舞 | 人が歩く | 男性がジャンプする |
사람이 걷는다 | رجل يمشي إلى الأمام | bir adam yürüyor | एक आदमी चलता है | mies kävelee eteenpäin |
en mand hopper
"""
"""Prompts without motion, or in languages that the text model does not know: always negatives.
Without them training has no prompt that matches nothing, and such prompts end up anywhere."""


class CaptionTable:
    """The tokens of all captions and their rewordings, and the captions of each sequence."""

    def __init__(self, spans: Sequence[ClipSpan]) -> None:
        self.texts = sorted({text for span in spans for text in span.texts})
        number = {text: n for n, text in enumerate(self.texts)}
        self.sequence_captions = [[number[text] for text in span.texts] for span in spans]
        """Numbers of each sequence's captions, in the order of its mirrored twin's."""
        unrelated = [prompt.strip() for prompt in _UNRELATED_PROMPTS.split("|")]
        # "waves", "wave" and "waving" are typed as often as "a person waves".
        wordings = [(text, *reword_caption(text)[2:]) for text in self.texts]
        prompts = sorted({text for group in wordings for text in group} | set(unrelated))
        index = {text: n for n, text in enumerate(prompts)}
        self._wordings = [[index[text] for text in group] for group in wordings]
        self._unrelated = [index[text] for text in unrelated]
        self._tokens = encode_prompts(prompts)
        means = [self._tokens[index[text]].float().mean(0) for text in self.texts]
        meaning = torch.stack(means) if means else torch.zeros(0, TOKEN_WIDTH)
        self._meaning = torch.nn.functional.normalize(meaning, dim=-1)
        self._distinguishing_words = [distinguishing_words(text) for text in self.texts]

    def mentions_side(self, caption: int) -> bool:
        """Tell whether the caption of the mirrored motion would be another one."""
        return mirror_caption(self.texts[caption]) != self.texts[caption]

    def sample_tokens(self, captions: Sequence[int], rng: random.Random) -> tuple[Tensor, Tensor]:
        """Return tokens (B, L, TOKEN_WIDTH) and mask (B, L) of captions in random wordings."""
        return pad_tokens([self._tokens[rng.choice(self._wordings[n])] for n in captions])

    def sample_unrelated(self, count: int, rng: random.Random) -> tuple[Tensor, Tensor]:
        """Return tokens and mask of random prompts that match no motion."""
        return pad_tokens([self._tokens[n] for n in rng.sample(self._unrelated, count)])

    def same_meaning(self, captions: Tensor) -> Tensor:
        """Return (B, B) bool: pairs of captions (B,) with the same meaning.

        Sentence embeddings hardly separate left from right or slow from quick, so captions that
        differ in such a word are never the same.
        """
        meaning = self._meaning[captions]
        similar = meaning @ meaning.T > SAME_MEANING_COSINE
        words = [self._distinguishing_words[n] for n in captions.tolist()]
        return similar & torch.tensor([[a == b for b in words] for a in words])


def encode_prompts(prompts: Sequence[str]) -> list[Tensor]:
    """Return the token embeddings (L, TOKEN_WIDTH) of each prompt, in bf16."""
    encoder = TextEncoder()
    starts = range(0, len(prompts), _BATCH)
    parts = (encoder.encode(prompts[start : start + _BATCH]) for start in starts)
    return [t[m].bfloat16() for p in parts for t, m in zip(p.tokens, p.mask, strict=True)]


def pad_tokens(tokens: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Pad prompts of different lengths to tokens (B, L, TOKEN_WIDTH) and mask (B, L)."""
    padded = torch.nn.utils.rnn.pad_sequence([t.float() for t in tokens], batch_first=True)
    lengths = torch.tensor([len(t) for t in tokens])
    return padded, torch.arange(padded.shape[1]) < lengths[:, None]


def distinguishing_words(text: str) -> frozenset[str]:
    """Return the words of a caption that name a side, a pace, a number or a direction."""
    words = re.findall(r"[a-z-]+", text.lower())
    return frozenset(w for w in words if w in _DISTINGUISHING or mirror_caption(w) != w)
