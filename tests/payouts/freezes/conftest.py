import pytest

from payouts.life import seams
from tests.payouts.scene import Standing


@pytest.fixture
def standing():
    """Hours as the story says; checks and freezes are the real ones."""
    story, kept = Standing(), seams.measuring._function
    seams.measuring.fill(story.measure)
    yield story
    seams.measuring._function = kept
