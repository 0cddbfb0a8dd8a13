// import OpenAI from "openai";
/* const client = new OpenAI(); client.chat.completions.create({ model: "gpt-4o" }) */
export const text = "import OpenAI from 'openai'";
