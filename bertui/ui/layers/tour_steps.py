"""What each step of the guided tour says, shows and asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        key: Which button it has.
        title: In a few words.
        words: What happens.
        button: A verb and what it does.
        look_for: What people should see.
        question: For the room.
        answer: Folded until somebody asks.
        needs_run: Whether there must be a trained model.
    """

    key: str
    title: str
    words: str
    button: str
    look_for: str
    question: str
    answer: str
    needs_run: bool = True


STEPS = (
    Step(
        "data", "The data", "A model can learn what its table shows, and nothing else. Look at the table first; a "
        "link below the page's name brings you back here.", "Look at the table",
        "How many rows each label has, how long the texts are, and what the report finds.",
        "How many answers in a hundred would be right if one always gave the most frequent label?",
        "As many as that label has rows among a hundred. Every score of this tour has to be read beside this number.",
        needs_run=False,
    ),
    Step(
        "training", "Training", "A short run on customer requests takes about a minute. The model has read a great "
        "deal of text before, but has never seen these labels.", "Train on the sample",
        "The training loss falls from the first steps on; the validation score follows, and then grows more slowly.",
        "The loss on training rows still falls while the validation score stands still. What is the model learning?",
        "The training rows themselves: more of what is special to them, and no more that holds for other rows. That is "
        "why the best model is chosen by rows that it does not learn from.", needs_run=False,
    ),
    Step(
        "error", "One wrong answer", "The surest wrong answer to a validation row opens on the Sentence page, with the "
        "words that moved it.", "Show a wrong answer",
        "The words that speak for the wrong label, and whether the line on trust says that they do.",
        "Is the model wrong, or the label of this row?",
        "Read the text without looking at either. Often both labels can be defended: then no model will get it right, "
        "and the guidelines for labelling need a sentence more.",
    ),
    Step(
        "probe", "Where does it live?", "A simple classifier tries to tell the label from each layer, before and after "
        "fine-tuning.", "Probe the layers",
        "Where “after” rises clear of “before”, and how far the network with random weights gets.",
        "The probe tells labels from the pre-trained model too, which never saw one. How can that be?",
        "Words give labels away, and the pre-trained model has learned which words are alike. The classifier of the "
        "probe does the rest. Fine-tuning has to do better than that to be worth its cost.",
    ),
    Step(
        "drift", "What moved?", "The same texts are read before and after, and so are general sentences that have "
        "nothing to do with the task.", "Compare before and after",
        "Whether the upper layers moved more than the lower ones, and whether your rows moved more than general "
        "sentences.",
        "All layers had the same learning rate. Why did the vectors of the lower ones move less?",
        "Each layer changes its own weights a little and hands on what it makes of what it is given. So changes add up "
        "on the way to the top. In a run of ours the weights of the top layer moved less than twice as far as those of "
        "the first, while the similarity of the vectors fell from 0.99 to 0.48.",
    ),
    Step(
        "lens", "Where does the answer appear?", "The model's own head reads each layer as if it were the last.",
        "Read every layer", "The layer from which on most rows have their final answer; below it, one text whose "
        "answer changes on the way up.",
        "The raw lens finds the answer later than the mapped one. Which of the two is right?",
        "The raw lens asks whether the top's own reading works at a layer, the mapped one whether the answer is there "
        "in any form that a straight map can bring out. The answer is there before it is in the form that is read.",
    ),
    Step(
        "swap", "Put it back", "Layers get the weights back that they had before fine-tuning, one alone, then all from "
        "the bottom up.", "Put layers back",
        "How many layers can be put back before the score falls.",
        "Putting one layer back hardly matters. Does that mean fine-tuning it was for nothing?",
        "Not quite: the other layers make up for one. Look at the other line, with all layers up to one put back: "
        "where it falls, the fine-tuning was needed. In a run of ours three layers of six could go back at no cost.",
    ),
)  # fmt: skip
