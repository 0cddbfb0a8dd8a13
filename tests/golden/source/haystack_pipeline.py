from haystack import Pipeline
from haystack.components.builders import PromptBuilder
from haystack.components.generators import OpenAIGenerator
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore

docs = InMemoryDocumentStore()
pipe = Pipeline()
pipe.add_component("retriever", InMemoryEmbeddingRetriever(document_store=docs))
pipe.add_component("prompt", PromptBuilder(template="Answer: {{question}}"))
pipe.add_component("llm", OpenAIGenerator(model="gpt-4o-mini"))
