export { type Skeleton, skeleton } from './text/skeleton.ts';
