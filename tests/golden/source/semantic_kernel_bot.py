from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import AzureChatCompletion
from semantic_kernel.functions import kernel_function


class Lights:
    @kernel_function(name="switch")
    def switch(self, on: bool) -> bool:
        return on


kernel = Kernel()
kernel.add_service(AzureChatCompletion(deployment_name="gpt-4", endpoint="https://x.openai.azure.com"))
kernel.add_plugin(Lights(), plugin_name="Lights")
