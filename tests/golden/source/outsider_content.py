import imaplib
from langchain_community.document_loaders import WebBaseLoader
from langchain_openai import ChatOpenAI
from langchain_core.tools import tool


@tool
def read_page(url: str) -> str:
    """Reads a page."""
    return WebBaseLoader(url).load()[0].page_content


@tool
def read_mail() -> str:
    """Reads mail."""
    return str(imaplib.IMAP4_SSL("mail.example.com").search(None, "ALL"))


agent = ChatOpenAI(model="gpt-4o").bind_tools([read_page, read_mail])
