/**
 * The scripted suite of pull requests: hostile ones that have to be stopped, and harmless ones that have to cost nothing and say nothing. One file for all, so that the team's repository is made and checked once.
 *
 * A hostile pull request that is not stopped is a defect of the check, not of the suite. What each stops at stands in docs/check.md.
 */
import './judge.cases.ts';
import './payload.cases.ts';
import './places.cases.ts';
import './elsewhere.cases.ts';
import './history.cases.ts';
import './output.cases.ts';
import './harmless.cases.ts';
import './allowed.cases.ts';
import './property.cases.ts';
