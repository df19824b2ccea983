import { createScorer } from "@mastra/core/evals";
import { z } from "zod";

export const translationScorer = createScorer({
  id: "translation-quality-scorer",
  name: "Translation Quality",
  description: "Checks that names of places are translated",
  type: "agent",
  judge: { model: "openai/gpt-5-mini", instructions: "You are an expert evaluator." },
})
  .preprocess(({ run }) => ({ userText: String(run.input), assistantText: String(run.output) }))
  .analyze({
    description: "Extract the location's name",
    outputSchema: z.object({ nonEnglish: z.boolean(), translated: z.boolean() }),
    createPrompt: ({ results }) => `Text: ${results.preprocessStepResult.userText}`,
  })
  .generateScore(({ results }) => ((results as any)?.analyzeStepResult?.translated ? 1 : 0))
  .generateReason(({ score }) => `Translation scoring: ${score}`);
