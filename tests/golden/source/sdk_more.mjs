import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenerativeAI } from "@google/generative-ai";
import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import ollama from "ollama";
import { HfInference } from "@huggingface/inference";

const anthropic = new Anthropic();
await anthropic.messages.create({ model: "claude-3-5-haiku-latest", system: "Be kind.", messages: [] });
const model = new GoogleGenerativeAI(process.env.GEMINI_API_KEY).getGenerativeModel({ model: "gemini-1.5-flash" });
await model.generateContent("hi");
await new BedrockRuntimeClient({}).send(new InvokeModelCommand({ modelId: "amazon.titan-text-express-v1" }));
await ollama.chat({ model: "llama3.2", messages: [] });
await new HfInference().chatCompletion({ model: "mistralai/Mistral-7B-Instruct-v0.3", messages: [] });
