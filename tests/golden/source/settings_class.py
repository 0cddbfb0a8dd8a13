from openai import OpenAI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    chat_model: str = "gpt-4o"
    database_url: str


settings = Settings()
OpenAI().chat.completions.create(model=settings.chat_model, messages=[])
