"""Friendly names for machines: two adjectives and an animal, easy to say on the telephone.

The lists hold short words that can not be mistaken for one another, about 800,000 names in all.
"""

from __future__ import annotations

from random import Random

_ADJECTIVES = """
agile amber ample apt azure balmy blithe bold brave breezy bright brisk bronze calm candid
cheery chic civil clever cosy crisp curly dapper daring deft dewy droll eager early earnest
easy fabled fair fancy fleet fluffy fond frank free fresh gentle giddy glad golden grand green
hale handy happy hardy hasty hearty honest humble jaunty jolly keen kind lithe lively loyal
lucid lucky lunar mellow merry mighty mild minty modest neat nimble noble nutty olive patient
peachy placid plucky polite proud quick quiet rapid ready regal robust rosy round ruby rustic
sandy serene sharp shiny silent silver smooth snowy solar spry steady sunny sure swift tall
tidy tranquil trusty upbeat velvet vivid warm wise witty zesty
"""
_ANIMALS = """
badger beaver bison camel cheetah cicada condor coyote cricket curlew deer dingo dolphin donkey
eagle egret falcon ferret finch fox gecko gibbon goose grouse hare hedgehog heron ibex ibis
impala jackal jaguar kestrel kiwi koala lark lemur lizard llama lobster lynx magpie marmot
marten mole moose newt ocelot octopus okapi osprey otter owl panda parrot pelican penguin
pigeon plover pony puffin quail rabbit raccoon raven robin salmon seal sparrow squid stork
swallow swan tapir toad toucan trout turtle walrus weasel wombat yak zebra
"""
ADJECTIVES = tuple(_ADJECTIVES.split())
ANIMALS = tuple(_ANIMALS.split())


def three_words(random: Random) -> str:
    """A new name such as "swift-amber-otter"."""
    first, second = random.sample(ADJECTIVES, 2)
    return f"{first}-{second}-{random.choice(ANIMALS)}"
