from autogen import AssistantAgent, UserProxyAgent, register_function
import os

config = {"config_list": [{"model": "gpt-4", "api_key": os.environ["OPENAI_API_KEY"]}]}
assistant = AssistantAgent("assistant", llm_config=config, system_message="You solve tasks in Python.")
user = UserProxyAgent("user", code_execution_config={"work_dir": "out", "use_docker": False})


def lookup(name: str) -> str:
    return name


register_function(lookup, caller=assistant, executor=user, name="lookup", description="Looks up")
user.initiate_chat(assistant, message="hi")
