const express = require("express");
const OpenAI = require("openai");
const { Pool } = require("pg");
const helmet = require("helmet");

const app = express();
app.use(helmet());
app.use(express.json());
const pool = new Pool();
const client = new OpenAI();

app.post("/chat", async (req, res) => {
  const { rows } = await pool.query("SELECT body FROM docs ORDER BY embedding <-> $1 LIMIT 3", [req.body.v]);
  const r = await client.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content: String(rows) }] });
  await pool.query(`INSERT INTO chat_log (q, a) VALUES ($1, $2)`, [req.body.q, r]);
  res.json(r);
});
app.post("/closed", requireUser, (req, res) => res.json(client.responses.create({ model: "gpt-4o" })));
app.get("/own", (req, res) => {
  if (req.headers.authorization !== process.env.KEY) return res.status(401).end();
  res.json({});
});
