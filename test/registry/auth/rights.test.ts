/** Rights are never more than role, scopes and namespace limits each allow. Checked for every combination there is, not for examples. */
import { describe, expect, it } from 'vitest';
import {
  canAdminNamespace,
  canAdminRegistry,
  canApprove,
  canPublish,
  canRead,
  hasScope,
  needAdmin,
  needScope,
  reachOf,
} from '../../../registry/auth/rights.ts';
import { RegistryError } from '../../../registry/errors.ts';
import { type Actor, anonymous, type MemberRole, roleScopes, type Scope, system, type UserRole, type Visibility } from '../../../registry/model.ts';

const roles: readonly UserRole[] = ['reader', 'publisher', 'approver', 'admin'];
const scopes: readonly Scope[] = ['read', 'publish', 'approve', 'admin'];
const visibilities: readonly Visibility[] = ['public', 'internal', 'private'];
const memberRoles: readonly (MemberRole | undefined)[] = [undefined, 'reader', 'publisher', 'owner'];
const limits: readonly (readonly string[] | undefined)[] = [undefined, ['here'], ['elsewhere'], []];
const subsets = Array.from({ length: 2 ** scopes.length }, (_, bits) => scopes.filter((_, at) => (bits >> at) & 1));

const actor = (role: UserRole, granted: readonly Scope[], namespaces: readonly string[] | undefined): Actor => ({
  user: { id: 'usr_1', handle: 'ada', displayName: 'Ada', role },
  tokenId: 'tok_1',
  scopes: new Set(granted),
  namespaces,
  ip: '192.0.2.1',
  via: 'token',
});

interface Case {
  readonly role: UserRole;
  readonly granted: readonly Scope[];
  readonly limit: readonly string[] | undefined;
  readonly visibility: Visibility;
  readonly member: MemberRole | undefined;
  readonly anonymousRead: boolean;
}
function* cases(): Iterable<Case> {
  for (const role of roles)
    for (const granted of subsets)
      for (const limit of limits)
        for (const visibility of visibilities)
          for (const member of memberRoles)
            for (const anonymousRead of [false, true]) yield { role, granted, limit, visibility, member, anonymousRead };
}
const rightsOf = ({ role, granted, limit, visibility, member, anonymousRead }: Case) => {
  const who = actor(role, granted, limit);
  const place = { handle: 'here', visibility };
  const membership = member === undefined ? undefined : { role: member };
  return {
    read: canRead(who, place, membership, anonymousRead),
    publish: canPublish(who, place, membership),
    approve: canApprove(who, place),
    run: canAdminNamespace(who, place, membership),
    registry: canAdminRegistry(who),
  };
};

describe('rights', () => {
  it('never exceed role, scopes or namespace limits', () => {
    for (const one of cases()) {
      const rights = rightsOf(one);
      const has = (scope: Scope) => one.granted.includes(scope) && roleScopes[one.role].includes(scope);
      const inside = one.limit === undefined || one.limit.includes('here');
      if (!inside) expect(rights, JSON.stringify(one)).toEqual({ read: false, publish: false, approve: false, run: false, registry: false });
      if (rights.read) expect(has('read'), JSON.stringify(one)).toBe(true);
      if (rights.publish)
        expect(has('publish') && (one.member === 'owner' || one.member === 'publisher' || has('admin')), JSON.stringify(one)).toBe(true);
      if (rights.approve) expect(has('approve'), JSON.stringify(one)).toBe(true);
      if (rights.run) expect(has('admin') || (has('publish') && one.member === 'owner'), JSON.stringify(one)).toBe(true);
      if (rights.registry) expect(has('admin') && one.limit === undefined, JSON.stringify(one)).toBe(true);
      // A private namespace opens for members, and for scopes that are there to look into it.
      if (rights.read && one.visibility === 'private')
        expect(one.member !== undefined || has('approve') || has('admin'), JSON.stringify(one)).toBe(true);
    }
  });

  it('only grow when a scope, a role or a limit is taken back', () => {
    for (const one of cases()) {
      const rights = rightsOf(one);
      const wider = [
        ...scopes.filter((scope) => !one.granted.includes(scope)).map((scope) => ({ ...one, granted: [...one.granted, scope] })),
        ...roles.slice(roles.indexOf(one.role) + 1).map((role) => ({ ...one, role })),
        { ...one, limit: undefined },
      ];
      for (const more of wider) {
        const after = rightsOf(more);
        for (const key of Object.keys(rights) as (keyof typeof rights)[])
          if (rights[key]) expect(after[key], `${key} ${JSON.stringify(one)} -> ${JSON.stringify(more)}`).toBe(true);
      }
    }
  });

  it('give what they should', () => {
    const place = (visibility: Visibility) => ({ handle: 'here', visibility });
    const nobody = anonymous('192.0.2.1');
    expect(visibilities.map((visibility) => canRead(nobody, place(visibility), undefined, true))).toEqual([true, false, false]);
    expect(visibilities.map((visibility) => canRead(nobody, place(visibility), undefined, false))).toEqual([false, false, false]);
    const reader = actor('reader', ['read'], undefined);
    expect(visibilities.map((visibility) => canRead(reader, place(visibility), undefined, false))).toEqual([true, true, false]);
    expect(canRead(reader, place('private'), { role: 'reader' }, false)).toBe(true);
    expect(canRead(actor('approver', roleScopes.approver, undefined), place('private'), undefined, false)).toBe(true);
    expect(canPublish(actor('publisher', ['publish'], ['here']), place('private'), { role: 'publisher' })).toBe(true);
    expect(canPublish(actor('publisher', roleScopes.publisher, undefined), place('public'), undefined)).toBe(false);
    expect(canPublish(actor('publisher', roleScopes.publisher, undefined), place('public'), { role: 'reader' })).toBe(false);
    expect(canPublish(actor('admin', roleScopes.admin, undefined), place('public'), undefined)).toBe(true);
    expect(canApprove(actor('approver', ['approve'], undefined), place('private'))).toBe(true);
    expect(visibilities.map((visibility) => canRead(system, place(visibility), undefined, false))).toEqual([true, true, true]);
    expect([canPublish(system, place('public'), undefined), canApprove(system, place('public')), canAdminRegistry(system)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('are the same whether asked for one namespace or as a reach', () => {
    for (const one of cases()) {
      const who = actor(one.role, one.granted, one.limit);
      const reach = reachOf(who, one.anonymousRead);
      const inReach =
        (reach.within === undefined || reach.within.includes('here')) &&
        (reach.visibilities.includes(one.visibility) || (reach.memberId === 'usr_1' && one.member !== undefined));
      expect(rightsOf(one).read, JSON.stringify(one)).toBe(inReach);
    }
  });

  it('are refused with 401 to strangers and 403 with the reason to users', () => {
    const codeOf = (run: () => void): string => {
      try {
        run();
        return 'none';
      } catch (error) {
        return error instanceof RegistryError ? `${error.status} ${error.message}` : String(error);
      }
    };
    for (const scope of scopes) expect(codeOf(() => needScope(anonymous(''), scope))).toBe('401 Unauthorized');
    expect(codeOf(() => needScope(actor('publisher', ['read'], undefined), 'publish'))).toMatch(/^403 .*your token/);
    expect(codeOf(() => needScope(actor('reader', ['read', 'publish'], undefined), 'publish'))).toMatch(/^403 .*role "reader"/);
    expect(codeOf(() => needScope(actor('reader', ['read'], undefined), 'read'))).toBe('none');
    expect(codeOf(() => needAdmin(actor('admin', roleScopes.admin, ['here'])))).toMatch(/^403 /);
    expect(hasScope(system, 'admin')).toBe(false);
  });
});
