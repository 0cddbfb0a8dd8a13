"""Example::

    >>> from openai import OpenAI
    >>> OpenAI().responses.create(model="gpt-4o")
"""
from typing import Optional


def f(model: Optional[str] = None, prompt: str = "x"):
    """chain = prompt | llm"""
    return (model or "") + prompt
