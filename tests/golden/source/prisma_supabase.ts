import { PrismaClient } from "@prisma/client";
import { createClient } from "@supabase/supabase-js";

const prisma = new PrismaClient();
const supabase = createClient(process.env.SUPABASE_URL!, process.env.SUPABASE_KEY!);

export async function f() {
  await prisma.invoice.findMany();
  await prisma.order.create({ data: {} });
  await prisma.$queryRaw`SELECT * FROM billing.ledger`;
  await supabase.from("tickets").select("*");
  await supabase.from("notes").insert({});
}
