const openai = { chat: { completions: { create: (x) => x } } };
openai.chat.completions.create({ model: "gpt-4o" });
