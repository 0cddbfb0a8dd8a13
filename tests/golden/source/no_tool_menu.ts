interface Tool {
  name: string;
  execute(): void;
}
export function tool(t: Tool): Tool {
  return t;
}
export const save = tool({ name: "save", execute: () => undefined });
