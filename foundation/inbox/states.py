from django.db.models import TextChoices


class LetterState(TextChoices):
    TRYING = "trying", "Failed, and is tried again"
    PARKED = "parked", "Failed too often: waits for a person, and later news of its aggregate wait behind it"
    SETTLED = "settled", "Applied after all, with what waited behind it"


MOVES = {
    LetterState.TRYING: (LetterState.PARKED, LetterState.SETTLED),
    LetterState.PARKED: (LetterState.TRYING,),
    LetterState.SETTLED: (),
}
