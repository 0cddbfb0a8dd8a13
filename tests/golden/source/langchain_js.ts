import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { PGVectorStore } from "@langchain/community/vectorstores/pgvector";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { tool } from "@langchain/core/tools";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { Pool } from "pg";

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const invoices = tool(
  async ({ id }) => (await pool.query("SELECT * FROM invoices WHERE customer_id = $1", [id])).rows,
  { name: "invoices", description: "Invoices of a customer" },
);
const store = await PGVectorStore.initialize(new OpenAIEmbeddings({ model: "text-embedding-3-small" }), {
  postgresConnectionOptions: { connectionString: process.env.DATABASE_URL },
  tableName: "kb_embeddings",
});
const llm = new ChatOpenAI({ model: "gpt-4o" });
export const agent = createReactAgent({ llm, tools: [invoices], prompt: "You are a support agent." });
const prompt = ChatPromptTemplate.fromMessages([["system", "Use the context."], ["human", "{q}"]]);
export const rag = prompt.pipe(llm);
const docs = store.asRetriever();
export async function answer(q: string) {
  const found = await docs.invoke(q);
  return rag.invoke({ q, found });
}
