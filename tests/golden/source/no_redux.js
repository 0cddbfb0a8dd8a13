import { createStore } from "redux";

const store = createStore((s) => s);
store.dispatch({ type: "model/set", model: "gpt-4o" });
export const retriever = { invoke: () => store };
