from prompt_toolkit import PromptSession, prompt

session = PromptSession()
prompt("Model: ", default="gpt-4o")
