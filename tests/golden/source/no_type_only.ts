import type { ChatCompletion } from "openai/resources";
import { type Tool } from "@modelcontextprotocol/sdk/types.js";

export type Reply = { completion: ChatCompletion; tool: Tool };
export const model: Reply["completion"]["model"] = "gpt-4o";
