import { loadChecks } from '../grading/check.ts'
import { grade, type GradeRequest } from '../grading/grade.ts'
import type { LessonVerdict } from '../verdict.ts'
import { openProgressLine } from './progress-line.ts'

/** Grades, and says meanwhile how far it is where somebody is looking. */
export async function gradeWithProgress(request: GradeRequest): Promise<LessonVerdict> {
  const line = openProgressLine()
  const { checks } = await loadChecks(request.lesson)
  let decided = 0
  let passed = 0
  try {
    return await grade({
      ...request,
      onCheck({ verdict }) {
        decided += 1
        if (verdict === 'passed') passed += 1
        line.show(`${request.lesson.id}  ${decided} of ${request.only?.length ?? checks.length} checked, ${passed} passed …`)
      },
    })
  } finally {
    line.clear()
  }
}
