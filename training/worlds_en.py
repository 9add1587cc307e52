"""The properties of `worlds`, in English. Nothing here is true."""

from typing import Final

PROPERTIES: Final[list[tuple[tuple[str, ...], tuple[str, ...]]]] = [
    (
        ("{it} costs ¥{n}.", "The price of {it} is ¥{n}."),
        ("How much is {it}?", "price of {it}", "what does {it} cost"),
    ),
    (
        ("{it} weighs {n} kg.", "The weight of {it} is {n} kg."),
        ("How heavy is {it}?", "weight of {it}?", "what does {it} weigh"),
    ),
    (
        (
            "{it} opens at {n}:00 and closes at {m}:30.",
            "The hours of {it} are {n}:00 to {m}:30.",
        ),
        (
            "When does {it} open?",
            "opening hours of {it}",
            "until what time can I come to {it}?",
        ),
    ),
    (
        (
            "{it} comes with a warranty of {n} months.",
            "We guarantee {it} for {n} months.",
        ),
        (
            "How long is the warranty on {it}?",
            "is there a guarantee for {it}",
            "{it} warranty?",
        ),
    ),
    (
        (
            "{it} is delivered in {n} to {m} days.",
            "Delivery of {it} takes {n} to {m} days.",
        ),
        (
            "How long until {it} arrives?",
            "delivery time {it}",
            "when will I get {it}",
        ),
    ),
    (
        ("{it} is made of {w}.", "We make {it} from {w} only."),
        (
            "What is {it} made of?",
            "material of {it}",
            "which material is used for {it}?",
        ),
    ),
    (
        ("{it} is available in {w} and {v}.", "You can have {it} in {w} or {v}."),
        (
            "Which colours does {it} come in?",
            "what versions of {it} are there",
            "colours {it}",
        ),
    ),
    (
        (
            "To reset {it}, hold the {w} button for {n} seconds.",
            "Press {w} for {n} seconds and {it} is reset.",
        ),
        (
            "How do I reset {it}?",
            "{it} is stuck, how can I restart it?",
            "reset {it}",
        ),
    ),
    (
        ("{it} holds {n} litres.", "The capacity of {it} is {n} litres."),
        (
            "How much fits into {it}?",
            "capacity of {it}",
            "how many litres does {it} hold",
        ),
    ),
    (
        (
            "{it} can be returned within {n} days.",
            "You may send {it} back for {n} days.",
        ),
        (
            "Can I return {it}?",
            "how long may I keep {it} before sending it back",
            "return period {it}",
        ),
    ),
    (
        ("{it} is made in {W}.", "Our workshop in {W} builds {it}."),
        (
            "Where is {it} made?",
            "which country does {it} come from",
            "origin of {it}",
        ),
    ),
    (
        (
            "Write to {w}@{v}.example about {it}.",
            "Questions on {it} go to {w}@{v}.example.",
        ),
        (
            "Who can I write to about {it}?",
            "e-mail for {it}",
            "contact address {it}",
        ),
    ),
    (
        ("Call {n}-{m} for help with {it}.", "The hotline for {it} is {n}-{m}."),
        (
            "Which number do I call about {it}?",
            "phone number {it}",
            "hotline for {it}?",
        ),
    ),
    (
        (
            "{it} needs {n} batteries of type {W}.",
            "Put {n} {W} batteries into {it}.",
        ),
        (
            "Which batteries does {it} need?",
            "batteries for {it}",
            "how do I power {it}",
        ),
    ),
    (
        (
            "Members pay {n} % less for {it}.",
            "There is a discount of {n} % on {it} for members.",
        ),
        (
            "Is there a discount on {it}?",
            "member price of {it}",
            "how much do members save on {it}",
        ),
    ),
    (
        (
            "{it} must not be washed above {n} degrees.",
            "Wash {it} at {n} degrees at most.",
        ),
        (
            "How hot may I wash {it}?",
            "washing {it}",
            "can {it} go into the machine",
        ),
    ),
    (
        ("The code for {it} is {W}{n}.", "Enter {W}{n} to get {it}."),
        (
            "What is the code for {it}?",
            "code {it}",
            "which code do I enter for {it}",
        ),
    ),
    (
        (
            "{it} was last updated on {n} {W}.",
            "The newest version of {it} is from {n} {W}.",
        ),
        ("When was {it} updated?", "newest version of {it}", "how old is {it}"),
    ),
    (
        ("{it} is sold out until {n} {W}.", "We expect {it} again on {n} {W}."),
        ("When is {it} back in stock?", "is {it} available", "{it} sold out?"),
    ),
    (
        (
            "At most {n} people can use {it} at once.",
            "{it} is for up to {n} people.",
        ),
        (
            "How many people can use {it}?",
            "{it} group size",
            "is {it} ok for a family",
        ),
    ),
    (
        ("You cannot pay for {it} with {w}.", "{w} is not accepted for {it}."),
        (
            "Can I pay for {it} with {w}?",
            "do you take {w} for {it}",
            "payment for {it}",
        ),
    ),
    (
        ("{it} starts on {W} at {n}:15.", "Every {W} at {n}:15 {it} begins."),
        ("When does {it} start?", "what day is {it}", "time of {it}"),
    ),
    (
        (
            "Parking at {it} costs ¥{n} an hour.",
            "At {it} you pay ¥{n} an hour for parking.",
        ),
        (
            "Is there parking at {it}?",
            "parking {it}",
            "what do I pay to park at {it}",
        ),
    ),
    (
        (
            "{it} is kept for {n} days and then deleted.",
            "We store {it} for {n} days.",
        ),
        (
            "How long do you keep {it}?",
            "when is {it} deleted",
            "storage time of {it}",
        ),
    ),
]
