export class Agent {
  constructor(public opts: { model: string; tools: string[] }) {}
}
export const a = new Agent({ model: "gpt-4o", tools: ["x"] });
