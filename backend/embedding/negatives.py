"""Prompts without motion, or in languages that the text model does not know: always negatives.

Without them training has no prompt that matches nothing, and such prompts end up anywhere.
"""

_PROMPTS = """
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

UNRELATED_PROMPTS: tuple[str, ...] = tuple(prompt.strip() for prompt in _PROMPTS.split("|"))
