import type {
  CustomerView,
  Invited,
  InvitationView,
  NewPerson,
  NewToken,
  PersonChange,
  PersonView,
  TakingWish,
  TokenView,
} from "../../../src/api/people-view.ts";
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/browser";
import type { AccountView, CodeOffer, PasswordWish, ProofWish } from "../../../src/api/account-view.ts";
import type { PresetOutcome, PresetPlan, PresetWish } from "../../../src/api/preset-view.ts";
import type { AuthorisationView } from "../../../src/api/recording-view.ts";
import type { LoginLinkView, RefusalView } from "../../../src/api/view.ts";

import { createBoxApi, type BoxApi } from "./box-api.ts";
import { createRolloutApi, type Call, type RolloutApi } from "./rollout-api.ts";
import { createRestoreApi, type RestoreApi } from "./restore-api.ts";

export type { TakingWish };

/** The calls about who may sign in and whose the sites are. */
export interface AccountApi {
  readonly invitation: (token: string) => Promise<InvitationView>;
  /** Whom a login link lets in; it is not used up. */
  readonly loginLink: (token: string) => Promise<LoginLinkView>;
  readonly takeInvitation: (taking: TakingWish) => Promise<void>;
  readonly people: () => Promise<readonly PersonView[]>;
  readonly invite: (wish: NewPerson) => Promise<Invited>;
  readonly inviteAgain: (personId: string) => Promise<Invited>;
  readonly changePerson: (personId: string, change: PersonChange) => Promise<PersonView>;
  readonly customers: () => Promise<readonly CustomerView[]>;
  readonly addCustomer: (name: string) => Promise<CustomerView>;
  readonly assignSite: (siteId: string, customer: string | null) => Promise<void>;
  readonly tokens: () => Promise<readonly TokenView[]>;
  readonly addToken: (wish: NewToken) => Promise<{ readonly token: TokenView; readonly secret: string }>;
  /** What one signs in by oneself. */
  readonly own: () => Promise<AccountView>;
  /** What the browser makes a passkey from. */
  readonly passkeyChallenge: (proof: ProofWish) => Promise<PublicKeyCredentialCreationOptionsJSON>;
  readonly addPasskey: (made: { readonly name: string; readonly response: RegistrationResponseJSON }) => Promise<void>;
  readonly removePasskey: (passkeyId: string) => Promise<void>;
  /** Ends every other session of one's own. */
  readonly changePassword: (wish: PasswordWish) => Promise<void>;
  readonly offerCode: (proof: ProofWish) => Promise<CodeOffer>;
  readonly takeCode: (code: string) => Promise<void>;
  /** What a preset would change; the query names a site or a customer. */
  readonly presetPlans: (preset: PresetPlan["preset"], query: string) => Promise<readonly PresetPlan[]>;
  readonly putPreset: (preset: PresetPlan["preset"], wish: PresetWish) => Promise<readonly PresetOutcome[]>;
  /** Where a backup is fetched, once. */
  readonly offerBackup: (passphrase: string) => Promise<{ readonly path: string }>;
  /** What the browser signs in with. */
  readonly signInChallenge: () => Promise<PublicKeyCredentialRequestOptionsJSON>;
  readonly signInByPasskey: (answer: AuthenticationResponseJSON) => Promise<void>;
  readonly endToken: (tokenId: string) => Promise<void>;
  /** On whose word packets are recorded, everywhere. */
  readonly recordings: () => Promise<readonly AuthorisationView[]>;
  readonly boxes: BoxApi;
  readonly rollouts: RolloutApi;
  readonly restores: RestoreApi;
  /** What was not let in, of everybody. */
  readonly refusals: () => Promise<readonly RefusalView[]>;
}

export function createAccountApi(call: Call): AccountApi {
  const person = (id: string): string => `/people/${encodeURIComponent(id)}`;
  return {
    boxes: createBoxApi(call),
    rollouts: createRolloutApi(call),
    restores: createRestoreApi(call),
    invitation: async (token) => (await call("POST", "/invitations/look", { token })) as InvitationView,
    loginLink: async (token) => (await call("POST", "/session/look", { token })) as LoginLinkView,
    takeInvitation: async (taking) => void (await call("POST", "/invitations/take", taking)),
    people: async () => (await call("GET", "/people")) as readonly PersonView[],
    invite: async (wish) => (await call("POST", "/people", wish)) as Invited,
    inviteAgain: async (id) => (await call("POST", `${person(id)}/invitation`)) as Invited,
    changePerson: async (id, change) => (await call("PATCH", person(id), change)) as PersonView,
    customers: async () => (await call("GET", "/customers")) as readonly CustomerView[],
    addCustomer: async (name) => (await call("POST", "/customers", { name })) as CustomerView,
    assignSite: async (siteId, customer) =>
      void (await call("PUT", `/sites/${encodeURIComponent(siteId)}/customer`, { customer })),
    tokens: async () => (await call("GET", "/tokens")) as readonly TokenView[],
    addToken: async (wish) =>
      (await call("POST", "/tokens", wish)) as { readonly token: TokenView; readonly secret: string },
    own: async () => (await call("GET", "/account")) as AccountView,
    passkeyChallenge: async (proof) =>
      (await call("POST", "/account/passkeys/challenge", proof)) as PublicKeyCredentialCreationOptionsJSON,
    addPasskey: async (made) => void (await call("POST", "/account/passkeys", made)),
    removePasskey: async (id) => void (await call("DELETE", `/account/passkeys/${encodeURIComponent(id)}`)),
    changePassword: async (wish) => void (await call("PUT", "/account/password", wish)),
    offerCode: async (proof) => (await call("POST", "/account/code", proof)) as CodeOffer,
    takeCode: async (code) => void (await call("PUT", "/account/code", { code })),
    presetPlans: async (preset, query) => (await call("GET", `/presets/${preset}?${query}`)) as readonly PresetPlan[],
    putPreset: async (preset, wish) => (await call("PUT", `/presets/${preset}`, wish)) as readonly PresetOutcome[],
    offerBackup: async (passphrase) => (await call("POST", "/backups", { passphrase })) as { readonly path: string },
    signInChallenge: async () =>
      (await call("POST", "/session/passkey/challenge")) as PublicKeyCredentialRequestOptionsJSON,
    signInByPasskey: async (answer) => void (await call("POST", "/session/passkey", answer)),
    recordings: async () => (await call("GET", "/recordings")) as readonly AuthorisationView[],
    refusals: async () => (await call("GET", "/refusals")) as readonly RefusalView[],
    endToken: async (id) => void (await call("DELETE", `/tokens/${encodeURIComponent(id)}`)),
  };
}
