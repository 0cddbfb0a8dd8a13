// Decides RBAC requests with Kubernetes' own authorizer, for comparison with src/access/kubernetes/rbac.h.
//
// Reads lines: {"policy":{"items":[Role, ClusterRole, RoleBinding, ClusterRoleBinding, ...]}} replaces the policy;
// {"u":user,"g":[groups],"v":verb,"a":apiGroup,"r":resource,"s":subresource,"n":name,"ns":namespace} or
// {"u":…,"g":…,"v":…,"p":path} is a request. Writes for each request "1 REASON" or "0".
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/authorization/union"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

type line struct {
	Policy *struct {
		Items []json.RawMessage `json:"items"`
	} `json:"policy"`
	U  string   `json:"u"`
	G  []string `json:"g"`
	V  string   `json:"v"`
	A  string   `json:"a"`
	R  string   `json:"r"`
	S  string   `json:"s"`
	N  string   `json:"n"`
	NS string   `json:"ns"`
	P  *string  `json:"p"`
}

func die(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// aggregate does what the cluster role aggregation controller ends with: the rules of a role with an aggregation rule are
// those of the other roles that its selectors match, again and again until nothing changes.
func aggregate(roles []*rbacv1.ClusterRole) {
	sort.SliceStable(roles, func(i, j int) bool { return roles[i].Name < roles[j].Name })
	for _, r := range roles {
		if r.AggregationRule != nil {
			r.Rules = nil
		}
	}
	for changed := true; changed; {
		changed = false
		for _, r := range roles {
			if r.AggregationRule == nil {
				continue
			}
			seen := map[string]bool{}
			for i := range r.Rules {
				seen[r.Rules[i].String()] = true
			}
			for _, s := range r.AggregationRule.ClusterRoleSelectors {
				selector, err := metav1.LabelSelectorAsSelector(&s)
				die(err)
				for _, o := range roles {
					if o.Name == r.Name || !selector.Matches(labels.Set(o.Labels)) {
						continue
					}
					for i := range o.Rules {
						if !seen[o.Rules[i].String()] {
							seen[o.Rules[i].String()] = true
							r.Rules = append(r.Rules, o.Rules[i])
							changed = true
						}
					}
				}
			}
		}
	}
}

func load(items []json.RawMessage) authorizer.Authorizer {
	var roles []*rbacv1.Role
	var clusterRoles []*rbacv1.ClusterRole
	var bindings []*rbacv1.RoleBinding
	var clusterBindings []*rbacv1.ClusterRoleBinding
	for _, raw := range items {
		var t metav1.TypeMeta
		die(json.Unmarshal(raw, &t))
		switch t.Kind {
		case "Role":
			o := &rbacv1.Role{}
			die(json.Unmarshal(raw, o))
			roles = append(roles, o)
		case "ClusterRole":
			o := &rbacv1.ClusterRole{}
			die(json.Unmarshal(raw, o))
			clusterRoles = append(clusterRoles, o)
		case "RoleBinding":
			o := &rbacv1.RoleBinding{}
			die(json.Unmarshal(raw, o))
			bindings = append(bindings, o)
		case "ClusterRoleBinding":
			o := &rbacv1.ClusterRoleBinding{}
			die(json.Unmarshal(raw, o))
			clusterBindings = append(clusterBindings, o)
		}
	}
	aggregate(clusterRoles)
	_, static := validation.NewTestRuleResolver(roles, bindings, clusterRoles, clusterBindings)
	return union.New(authorizerfactory.NewPrivilegedGroups(user.SystemPrivilegedGroup),
		rbac.New(static, static, static, static))
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	var a authorizer.Authorizer
	for {
		text, err := in.ReadBytes('\n')
		if len(text) == 0 && err != nil {
			return
		}
		var l line
		die(json.Unmarshal(text, &l))
		if l.Policy != nil {
			a = load(l.Policy.Items)
			continue
		}
		q := authorizer.AttributesRecord{User: &user.DefaultInfo{Name: l.U, Groups: l.G}, Verb: l.V, APIGroup: l.A,
			Resource: l.R, Subresource: l.S, Name: l.N, Namespace: l.NS, ResourceRequest: l.P == nil, APIVersion: "v1"}
		if l.P != nil {
			q.Path = *l.P
		}
		decision, reason, _ := a.Authorize(context.Background(), &q)
		if decision == authorizer.DecisionAllow {
			fmt.Fprintf(out, "1 %s\n", reason)
		} else {
			fmt.Fprintln(out, "0")
		}
	}
}
